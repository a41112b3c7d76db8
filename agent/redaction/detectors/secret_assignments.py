# SPDX-License-Identifier: Apache-2.0
r"""Values given to names such as password, token or api_key.

Rules: the name stays, the value goes whole, quoted or not, in the forms of shells,
JSON (escaped or not), YAML, INI, XML, URLs and sentences; words that only tell about
a secret (password: required), variables, masks and examples stay.
Not here: names (`secret_names.py`), what a value must look like (`secret_values.py`),
headers (`secret_headers.py`), options of commands (`command_secrets.py`).
"""

from agent.redaction import assignments

NAME = "secret_assignments"
CLASS = "secret"
_KEYS = (
    rb"pass(?:w|phrase|code|e)|pass|pwd?|secret|token|credential|creds|psk|pswd|"
    rb"community|otp|kennwort|motdepasse|mdp|contrase|contrasena|senha|wachtwoord|"
    rb"parola|heslo|salasana|jelszo|haslo"
)
PATTERN = assignments.assignment_pattern(_KEYS)
NEEDS: tuple[bytes, ...] = ()
BESIDE = assignments.BESIDE
SPREADS = False
verify = assignments.verify_assignments

HITS = (
    ("password=hunter2 next", "hunter2"),
    ("password=hunter1;token=a1b2c3d4e5", "a1b2c3d4e5"),
    ("token: password='a b'", "a b"),
    ("(password=hunter1,secret=hunter2)", "hunter2"),
    ('"db_password": "hunter2"', "hunter2"),
    ("DB_PASSWORD='a b c'", "a b c"),
    ("aws_secret_access_key = wJalr/XUtn", "wJalr/XUtn"),
    (r"{\"token\":\"abc123def\"}", "abc123def"),
    (r"{\\\"token\\\":\\\"abc123def\\\"}", "abc123def"),
    ("password=a<b>c", "a<b>c"),
    ("snmp community: private7", "private7"),
    ("<password>hunter2</password>", "hunter2"),
    ('{"name": "DB_PASSWORD", "value": "hunter2"}', "hunter2"),
    ("Server=db;User Id=sa;Password=hun,ter2;Encrypt=yes", "hun,ter2"),
    ("x=1%26password%3Dhunter2%26y", "hunter2"),
    (r"{\u0022password\u0022:\u0022hunter2\u0022}", "hunter2"),
    ('"tokens": ["a1b2c3d4e5", "f6g7h8i9j0"]', "f6g7h8i9j0"),
    ("the password is hunter2!", "hunter2"),
    ("User(name=x, password=hunter2)", "hunter2"),
    ("_authToken=1b2c3d4e-0000-4000-8000-0123456789ab", "1b2c3d4e"),
    ("&quot;password&quot;:&quot;hunter2&quot;", "hunter2"),
    ("net user x password: 'p w'", "p w"),
    ('<Password Type="x">hunter 2</Password>', "hunter 2"),
    ("&lt;password&gt;hunter2&lt;/password&gt;", "hunter2"),
    ("contraseña=hunter2 mot de passe: abc", "hunter2"),
    ("mot de passe: hunter2", "hunter2"),
    (r'- name: DB_PASSWORD\n  value: "hunter2"', "hunter2"),
    ('let api_secret: &str = "kX9vQ2mZ7pLr4TbN8sWd";', "kX9vQ2mZ7pLr4TbN8sWd"),
    ('var clientSecret string = "kX9vQ2mZ7pLr4TbN"', "kX9vQ2mZ7pLr4TbN"),
    ('config.setConsumerSecret("kX9vQ2mZ7pLr4TbN");', "kX9vQ2mZ7pLr4TbN"),
    ('string Secret = @"kX9vQ2mZ7pLr4TbN";', "kX9vQ2mZ7pLr4TbN"),
    ('Environment="SECRET_KEY=a0JZOXZRMm1aN3BMcg=="', "a0JZOXZRMm1aN3BMcg=="),
    ('{"secret":{"value":"kX9vQ2mZ7pLr"}}', "kX9vQ2mZ7pLr"),
    ("<password><![CDATA[kX9vQ2mZ7pLr]]></password>", "kX9vQ2mZ7pLr"),
    (r"name=\"password\"\r\n\r\nkX9vQ2mZ7pLr\r\n--x", "kX9vQ2mZ7pLr"),
    ('my_token <- "kX9vQ2mZ7pLr4TbN"', "kX9vQ2mZ7pLr4TbN"),
    ("| my_token | kX9vQ2mZ7pLr4TbN8sWd |", "kX9vQ2mZ7pLr4TbN8sWd"),
    ('Config { db_password: Some("hunter2") }', "hunter2"),
    ('password = """hunter2"""', "hunter2"),
    ('["token"]=> string(10) "a1b2c3d4e5"', "a1b2c3d4e5"),
    ("    ClientSecret    REG_SZ    kX9vQ2mZ7pLr", "kX9vQ2mZ7pLr"),
    ('{db_password,<<"hunter2">>}', "hunter2"),
    ("ParameterKey=DbPassword,ParameterValue=kX9vQ2mZ7pLr", "kX9vQ2mZ7pLr"),
    (r"client_secret: |\n  kX9vQ2mZ7pLr\n", "kX9vQ2mZ7pLr"),
)
MISSES = (
    'ElevatedToken="%%1842" x',
    "Failed password for root",
    "password: required",
    "password=******",
    "password_length=12 token_count=7",
    "PWD=/var/tmp ; COMMAND=/bin/ls",
    "token: expected ';'",
    "password_file: /etc/x",
    "PublicKeyToken=31bf3856ad364e35",
    "password=${DB_PASSWORD} token=$TOKEN api_key={{ key }} secret=<secret>",
    'password = os.environ["DB_PASSWORD"]',
    "total_tokens: 123456, max_tokens=4096",
    "Token: 0x3e7 KeyLength: 128",
    "token_type: Bearer, expires_in: 3600",
    "session_id=3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "tests pass: 120 fail: 3",
    "password is incorrect",
    "pam_unix(passwd:chauthtok): password changed for x",
    "status installed passwd:amd64 1:4.13+dfsg1-1+deb12u1",
    "wakelock token=1f4be2d7 token=android.os.BinderProxy@1f4be2d",
    "domain <host_pw3wgt3g> Logon, <sid_zagqdk5d_7pw5me29>'/>",
    "of <mail_a1b2c3d4>@<domain_pw3wgt3g> at",
    "<Key>HKLM</Key><TokenType>Primary</TokenType>",
    'getPassword("Enter password: ")',
    'if user.hasToken("access"):',
    "| Token | Description |",
    'password: Option::from(None), token = str("")',
    'password="" token="" secret=\'\' next',
    "creds.password = Buffer.from(passReg, 'base64')",
    "token = bytes(count), secret: Some(value)",
    "int (*session_secret_cb)(SSL *s, void *secret);",
    "`url.password` (by some Writer) | keyring set",
    "echo $SECRET | base64",
    "def login(password: str = None)",
    'token: string = ""',
    "Incorrect API key provided: unknown",
)
WORST = "password_password."

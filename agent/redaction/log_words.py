# SPDX-License-Identifier: Apache-2.0
"""Words that messages of logs are written with, and that a template may keep.

Rules: lower case, letters and inner apostrophes only; no given name, no account but a
service's own (mail, backup), no place, no product; a change gives templates other ids,
so that counts before and after do not add up.
Not here: how a template is made (`templates.py`).
"""

_WORDS = """
a able abnormal abort aborted aborting about above absent accept acceptable accepted
accepting accepts access accessed accessible according account accounts achieved
acknowledge acknowledged acquire acquired acquiring across action actions activate
activated activating activation active activity actual adapter add added adding addition
address addresses adjust adjusted adjusting advertised after again against age agent
ahead alert alerts algorithm alias aliases all alloc allocate allocated allocating
allocation allow allowed allowing allows already also alternate although always
ambiguous among amount an analysis and another answer any anymore anything anyway appear
appears append appended application applications applied apply applying appropriate
archive archived are argument arguments array as ask asked asserted assertion assign
assigned assigning assignment associate associated association assume assumed assuming
at attach attached attaching attack attempt attempted attempting attempts attribute
attributes audit authenticate authenticated authenticating authentication authenticator
authoritative authority authorization authorized auto automatic automatically available
avoid await away back backend background backlog backup backups bad balance bandwidth
bank base based basic batch battery be because become becoming been before begin
beginning begins behavior behind being below best better between beyond big binary bind
binding bit bits blacklisted blank block blocked blocking blocks body boot booted
booting both bound boundary break bridge bring broadcast broken browser buffer buffers
bug build builtin bus busy but by bypass byte bytes cache cached caches calculated call
callback called calling calls came can can't cancel canceled cancelled cancelling
candidate cannot capabilities capability capable capacity capture captured card carrier
case catalog caught cause caused causes causing certificate certificates chain change
changed changes changing channel channels character characters charge check checked
checking checkpoint checks checksum child children choose chosen cipher class clean
cleaned cleaning cleanup clear cleared clearing client clients clock clone close closed
closes closing cluster code codec collect collected collection collector column
combination come comes coming command commands comment commit commits committed
committing common communicate communication compare compared compatibility compatible
compilation compiled complete completed completely completes completing completion
component components compressed compression compromised computed computer concurrent
condition conditions config configuration configurations configure configured
configuring confirm confirmed conflict conflicting conflicts connect connected
connecting connection connections connectivity connector consider considered consistency
consistent console consumed consumer contact contain contained container containers
contains content contents context continue continued continues continuing control
controlled controller conversion convert converted copied copy copying core correctable
corrected correction correctly corrupt corrupted corruption could couldn't count counter
counters counts crash crashed create created creates creating creation credential
credentials critical cron current currently cursor custom cycle cycles daemon damaged
data database databases dataset date day days dead deadline deadlock debug decided
declared decode decoded decrease decreased decrypt decryption default defaults deferred
define defined definition degraded delay delayed delegate delete deleted deletes
deleting deletion deliver delivered delivering delivery demand denied deny depend
dependencies dependency depends deprecated depth descriptor deserialize desktop
destination destroy destroyed destroying destruction detach detached detail details
detect detected detecting detection determine determined development device devices
diagnostic did didn't differ difference different differs digest digital direct
direction directly directories directory disable disabled disabling disallowed discard
discarded discarding disconnect disconnected disconnecting disconnection discover
discovered discovery disk disks dismount dispatch dispatched display distributed do
document does doesn't domain domains don't done down downgrade download downloaded
downloading drain drained drive driver drivers drives drop dropped dropping due dump
dumped duplicate duplicated duration during dynamic each earlier early echo edge edit
effect effective either elapsed element elements else empty enable enabled enabling
encode encoded encoding encountered encrypt encrypted encryption end ended ending
endpoint endpoints ends engine enough ensure enter entered entering enterprise entire
entries entry enumerate enumerated environment epoch equal error errors escalated
establish established establishing evaluate evaluated evaluation even event events every
everything evict evicted exact exactly examine exceed exceeded exceeding exceeds except
exception exceptions exchange excluded exclusive execute executed executes executing
execution executor exhausted exist existed existing exists exit exited exiting exits
expand expanded expect expected expecting expiration expire expired expires expiry
explicit export exported extend extended extension extensions external extra extract
extracted fail failed failing fails failure failures fallback false far fast fatal fault
faults feature features fetch fetched fetching few field fields file files filesystem
fill filled filter filtered filters final finalized finally find finding fingerprint
finish finished finishes finishing firewall firmware first fit fix fixed flag flags
flood flow flush flushed flushing folder folders follow followed following follows for
forbidden force forced forcibly forcing fork forked form format formatted forward
forwarded forwarding found fragment frame frames free freed freeing freeze frequency
from front full fully function further gateway gave general generate generated
generating generation generic get gets getting give given gives global go goes going
gone good got graceful gracefully granted greater group groups had halt halted handle
handled handler handles handling handshake hang hangup happen happened hard hardware has
hash have haven't having header headers health healthy heap heartbeat held help here
hibernate hidden high higher history hit hold holding home hook host hosts hotplug hour
hours how however id identical identified identifier identity idle if ignore ignored
ignores ignoring illegal image images immediate immediately implementation implemented
import imported impossible in inaccessible inactive inbound include included includes
including incoming incompatible incomplete inconsistent incorrect increase increased
increasing index indexed indicate indicated indicates indication info inform information
inherited init initial initialisation initialised initialization initialize initialized
initializing initiate initiated inject injected inode input inputs insecure insert
inserted inserting inside inspect install installation installations installed installer
installing instance instances instead instruction insufficient integer integrity
intended interactive interface interfaces interior intermediate internal internally
interrupt interrupted interval into invalid invalidate invalidated invocation invoke
invoked invoking is isn't isolated issue issued issuer issues it item items iteration
its itself job jobs join joined joining journal just keep keepalive keeping keeps kept
kernel key keyboard keyring keys kill killed killing kind know known label lack large
larger last late latency later latest launch launched launching layer layout leader leak
learned lease least leave leaves leaving left legacy legal length less level levels
library license lifetime like limit limited limiting limits line linear lines link
linked links list listed listen listener listening lists little live load loaded loader
loading loads local locale located location lock locked locking locks log logged logger
logging logical login logins logoff logon logout logs lookup loop loopback lost low
lower machine machines made mail mailbox main maintenance major make makes making
malformed malicious malware manage managed management manager mandatory manifest manual
manually map mapped mapping marked marking mask master match matched matches matching
matrix maximum maybe mean means measure measured measurement mechanism media medium meet
member members membership memory merge merged message messages metadata method methods
metric metrics migrate migrated migration minimum minor minute minutes mirror mismatch
miss missed misses missing mode model modem modified modify module modules moment
monitor monitored monitoring month more most mount mounted mounting mouse move moved
moving much multicast multiple must name named names namespace native near necessary
need needed needs negative negotiate negotiated negotiation neighbor neither nested
network networks neutral never new newer newest next no node nodes none nonexistent
normal normally not note nothing notice notification notifications notified notify now
null number numbers object objects observed obsolete obtain obtained occur occurred
occurs of off offer offered offline offset ok old older oldest on once one online only
open opened opening opens operation operational operations operator option optional
options or order ordinary orphan orphaned other others otherwise out outbound outcome
outdated outgoing output outside over overall overflow overlap overload overloaded
override overrun overwrite own owned owner ownership package packages packet packets
padding paged panic parameter parameters parent parity parse parsed parser parsing part
partial partially participant partition partitions pass passed passes passing passive
passphrase password passwords past patch patched path paths pattern pause paused payload
peer peers pending per percent perform performance performed performing period periodic
permanent permanently permission permissions permit permitted persist persistent phase
physical ping pinned pipe pipeline placed plain plan platform please plug plugged plugin
plugins point pointer policies policy poll polling pool pools port ports position
positive possible possibly post potential potentially power powered preauth precision
preempted prefer preferred prefix prepare prepared preparing presence present presented
prevent prevented previous previously primary principal print printed printer printing
prior priority private privilege privileged privileges probably probe problem problems
procedure proceed proceeding process processed processes processing processor processors
produced producer product profile profiles program programs progress prohibited promoted
prompt propagate propagated properly properties property protect protected protection
protocol provide provided provider providers provides provision proxy public publish
published publisher publishing pull pulled purge purged push pushed put qualified
quarantined queries query queue queued queues quick quiet quit quota raise raised random
range rate ratio raw reach reachable reached reaches read readable reader readiness
reading reads ready real really realm reason reasons reassigned rebalance reboot
rebooted rebooting rebuild receive received receiver receives receiving recent recently
recipient recipients recognized reconfigure reconnect reconnected reconnecting record
recorded recording records recover recoverable recovered recovering recovery recreate
redirect redirected reduce reduced redundant reference references refresh refreshed
refused refuses refusing regenerate region register registered registering registers
registration registry regular reject rejected rejecting rejects related relay relaying
release released releasing reliable reload reloaded reloading remain remaining remains
remote removal remove removed removes removing rename renamed renew renewal renewed
repair repaired repeat repeated repeatedly replace replaced replacement replacing
replica replicas replicate replicated replication reply report reported reporting
reports repository represent request requested requester requesting requests require
required requirement requires requiring rescan reserve reserved reset resets resetting
resize resized resolution resolve resolved resolver resolving resource resources respond
responded responding response responses responsible rest restart restarted restarting
restarts restore restored restoring restricted restriction result resulted results
resume resumed resuming retransmit retried retries retrieve retrieved retrieving retry
retrying return returned returning returns reuse reused reverse revert reverted revision
revoke revoked rewrite right rights role roll rollback rolled rolling rotate rotated
rotation route router routes routing row rows rule rules run running runs runtime safe
same sample sampling sandbox save saved saving scan scanned scanner scanning scans
schedule scheduled scheduler scheduling schema scope screen script scripts search
searching seat second secondary seconds secret section sector sectors secure security
see seek seems seen segment select selected selection self send sender sending sends
sense sensor sent separate sequence serial series serious server servers serves service
services serving session sessions set sets setting settings setup several severe
severity shadow share shared shares sharing shell shift should shouldn't show shown shut
shutdown shutting side sign signal signals signature signatures signed signing similar
simple since single site size sizes skip skipped skipping slave sleep sleeping slice
slot slow small smaller snapshot snapshots so socket sockets soft software some
something soon sorry source sources space speaker special specific specification
specified specify speed spill split spool stack stage stale standalone standard standby
start started starting starts startup state stated statement states static station
statistics stats status step still stop stopped stopping stops storage store stored
stores storing stream streaming streams strict string strings strong structure stuck
subject submission submit submitted subnet subscriber subscription subsequent subsystem
succeed succeeded succeeds success successful successfully such sudden sufficient
suggest suite super supplied supply support supported supports suppress suppressed sure
suspect suspend suspended suspicious swap switch switched switching symbol symbolic
symlink sync synced synchronization synchronize synchronized syntax system systems table
tables tag tags take taken takes taking tape target targets task tasks team temperature
template temporarily temporary terminal terminate terminated terminating termination
test tested testing tests text than that the their them then there therefore these they
thing this thread threads threshold throttled throttling through throughput thrown
ticket tickets time timed timeout timeouts timer timers times timestamp to toggle token
tokens too took tool top topic total touch trace track tracked tracking traffic
transaction transactions transfer transferred transferring transfers transform transient
transition transitioned translate translation transmission transmit transmitted
transport trap tree tried tries trigger triggered trim true truncated trust trusted
trustworthy try trying tunnel turn turned turning twice type types unable unauthorized
unavailable unbound uncaught uncorrectable undefined under undo unencrypted unexpected
unexpectedly unhandled unhealthy unicast uninstall uninstalled unique unit units unknown
unless unload unloaded unlock unlocked unmount unmounted unmounting unnecessary unpacked
unpacking unplugged unpredictable unreachable unrecognized unregister unregistered
unreliable unresolved unresponsive unsafe unsafely unsigned unstable unsuccessful
unsupported until untrusted unused unusual up update updated updater updates updating
upgrade upgraded upgrading upload uploaded uploading upon upstream uptime usable usage
use used user username users uses using utility utilization valid validate validated
validating validation value values variable variant various vendor verbose verification
verified verify verifying version versions very via view violated violation virtual
virus visible volume volumes vote vulnerable wait waited waiting waits wake wakeup want
wanted warm warning warnings was wasn't watch watchdog watcher watching way we weak web
week weight well went were what when where whether which while whitelist who whole whose
why wide wifi window windows wipe wireless wish with within without won't word work
worker workers working works workstation would wouldn't wrap writable write writer
writes writing written wrong yes yet you your zero zone zones
"""

LOG_WORDS = frozenset(_WORDS.split())
"""Every word that a template may keep."""

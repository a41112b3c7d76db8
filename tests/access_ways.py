# SPDX-License-Identifier: Apache-2.0
"""Which act each way to the product is, written by hand with its reason.

Rules: nothing of it is read from the product's own tables, which name acts as well: a
route or a desk that names a weaker one differs from this page; a new way is written in
here by who makes it, or the tests of the matrices fail.
Not here: who may do an act (`access_model.py`), what is compared with it
(`test_console_matrix.py`, `test_desks_matrix.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

ANYBODY = ""
"""The act of what is open to who is not signed in."""
NONE, SUPPORT, CHOSEN = "none", "support", "chosen"
"""For which purpose an act is done: none, always support, or as the person says."""


@dataclass(frozen=True)
class Way:
    """What one way is.

    Attributes:
        action: the act; `ANYBODY` for none.
        purpose: for which it is done.
        why: it is this act.
    """

    action: str
    purpose: str
    why: str


_CONSOLE = """
GET  /                        self.see         none    only what one's acts lead to
GET  /.well-known/gpc.json    -                none    what any browser may ask
GET  /alerts                  alert.see        none    the list of what stands
POST /alerts/acknowledge      alert.acknowledge none   somebody sees to it
POST /alerts/resend           alert.resend     none    it goes out to others
POST /alerts/snooze           alert.acknowledge none   rest is an answer to it, too
GET  /device                  device.see       none    what is known, sealed rows apart
POST /device                  data.read        chosen  opens the device's rows
GET  /diagnostic              diagnose.see     support a request and what became of it
POST /diagnostic/approve      diagnose.approve support the second signature
POST /diagnostic/cancel       diagnose.cancel  support takes it back: less is done
POST /diagnostic/capture      data.export      support packets leave in a file
POST /diagnostic/discard      diagnose.see     support one's own draft, which is no data
POST /diagnostic/export       data.export      support what was found leaves in a file
POST /diagnostic/read         data.read        support opens what was found
GET  /diagnostic/request      diagnose.see     support the octets that are to be signed
POST /diagnostic/send         diagnose.ask     support a device will do it
GET  /diagnostic/state        diagnose.see     support how far it is
GET  /diagnostics             diagnose.see     support what can be asked, what was
POST /diagnostics/draft       diagnose.ask     support the first step of asking
POST /diagnostics/signed      -                none    the signer's page has no session
GET  /elsewhere               -                none    leads to the other provider
GET  /elsewhere/back          -                none    comes back from it
GET  /evidence                finding.see      none    findings; each part by its act
POST /evidence/build          evidence.build   none    proof is made to be given away
GET  /evidence/package        evidence.fetch   none    the file
GET  /evidence/state          evidence.see     none    how far it is
GET  /explore                 device.see       none    the form, without a row
POST /explore                 data.read        chosen  opens rows
POST /explore/csv             data.export      chosen  rows leave in a file
GET  /fleet                   device.see       none    which devices there are
POST /fleet                   data.read        chosen  opens a row of each
GET  /join                    -                none    who is invited has no session
POST /join                    -                none    the invitation is the proof
POST /join/begin              -                none    its challenge
POST /key                     -                none    the signature is the proof
POST /key/begin               -                none    its challenge
GET  /ledger                  ledger.see       none    who did what
GET  /me                      self.see         none    oneself
POST /me/forget               self.change      none    one's own preferences
POST /me/passkeys/remove      self.passkey     none    by what one comes in
POST /me/preferences          self.change      none    one's own
POST /me/sessions/end         self.change      none    one's own: less can be done then
GET  /me/taken                self.see         none    a copy of what is kept of oneself
GET  /people                  people.see       none    who there is
POST /people/again            people.invite    none    another link to come in by
POST /people/attest           people.attest    none    a role counts by it
POST /people/invite           people.invite    none    lets somebody in
POST /people/remove           people.change    none    takes everything from somebody
POST /people/resume           people.change    none    gives it back
GET  /people/role             people.change    none    the form of the next
POST /people/role             people.change    none    gives a role
POST /people/role/take        people.change    none    takes one
POST /people/suspend          people.change    none    takes everything for a while
GET  /policy                  policy.see       none    what is collected
GET  /policy/changes          policy.see       none    and was
GET  /policy/dataset          policy.see       none    of one dataset
GET  /privacy                 -                none    what visitors are to know
GET  /retention               retention.see    none    what ends when
GET  /sharing                 share.see        none    who was given what
GET  /sign-in                 -                none    the door
POST /sign-in                 -                none    the passkey is the proof
POST /sign-in/begin           -                none    its challenge
POST /sign-out                self.change      none    one's own session
GET  /step-up                 self.see         none    the form of the next
POST /step-up                 self.change      none    the proof itself cannot want one
POST /step-up/begin           self.change      none    its challenge
GET  /subjects                subject.see      none    requests of persons
GET  /tickets                 ticket.see       none    which there are
POST /tickets/attach          ticket.open      none    more can be read under it
POST /tickets/close           ticket.close     none    ends its keys sooner, for good
POST /tickets/detach          ticket.close     none    nobody reads it there any more
POST /tickets/open            ticket.open      none    something can be read under it
GET  /why                     data.why         none    why a device's data is here
"""
_DESKS = """
office  approve             diagnose.approve  support the second signature
office  cancel              diagnose.cancel   support takes it back
office  device              device.see        none    what is known of one
office  diagnostics         diagnose.see      support what can be asked
office  draft               diagnose.ask      support the first step of asking
office  fleet               device.see        none    how they fare
office  orders              diagnose.see      support what was asked
office  policy              policy.see        none    what is collected
office  send                diagnose.ask      support a device will do it
office  tables              policy.see        none    which columns there can be
keeper  alert:list          alert.see         none    what stands
keeper  alert:show          alert.see         none    one of them
keeper  alert:acknowledge   alert.acknowledge none    somebody sees to it
keeper  alert:snooze        alert.acknowledge none    rest is an answer, too
keeper  alert:resend        alert.resend      none    it goes out to others
keeper  certificates:       certificate.see   none    proof of what was deleted
keeper  contract:show       contract.see      none    how far the client's end is
keeper  evidence:list       evidence.see      none    which packages there are
keeper  evidence:build      evidence.build    none    proof is made to be given away
keeper  evidence:fetch      evidence.fetch    none    the file
keeper  finding:list        finding.see       none    what was found amiss
keeper  hold:               hold.see          none    what is kept for whom
keeper  incident:list       incident.see      none    what happened
keeper  overdue:            case.see          none    what waits for people
keeper  recipient:list      recipient.see     none    who can be given data
keeper  retention:          retention.see     none    what ends when
keeper  share:list          share.see         none    who was given what
keeper  subject:list        subject.see       none    requests of persons
keeper  ticket:list         ticket.see        none    which there are
keeper  ticket:open         ticket.open       none    something can be read under it
keeper  ticket:attach       ticket.open       none    more can be read under it
keeper  ticket:close        ticket.close      none    ends its keys sooner, for good
keeper  ticket:detach       ticket.close      none    nobody reads it there any more
keeper  transfer:status     share.see         none    how far a handing over is
keeper  why:                data.why          none    why a device's data is here
keeper  why:list            case.see          none    which kinds of records there are
keeper  why:alert           alert.see         none    as the list of alerts
keeper  why:case            case.see          none    as the list of cases
keeper  why:certificate     certificate.see   none    as the list of certificates
keeper  why:erasure         subject.see       none    it comes of a person's request
keeper  why:evidence        evidence.see      none    as the list of packages
keeper  why:export          subject.see       none    it comes of a person's request
keeper  why:finding         finding.see       none    as the list of findings
keeper  why:grant           share.see         none    who may be given what
keeper  why:hold            hold.see          none    as the list of holds
keeper  why:incident        incident.see      none    as the list of incidents
keeper  why:ledger          ledger.see        none    as the ledger
keeper  why:message         alert.see         none    it tells of an alert
keeper  why:notice          notice.see        none    as the list of notices
keeper  why:order           ticket.see        none    it is asked under a ticket
keeper  why:person          people.see        none    as the list of people
keeper  why:recipient       recipient.see     none    as the list of recipients
keeper  why:release         share.see         none    as the list of releases
keeper  why:right           subject.see       none    it comes of a person's request
keeper  why:ticket          ticket.see        none    as the list of tickets
keeper  why:token           device.see        none    a device comes in by it
keeper  why:visits          people.see        none    it tells of people's use
reader  tables              data.read         chosen  counts rows, so opens them
reader  query               data.read         chosen  opens rows
reader  page                data.read         chosen  opens rows, which a page shows
reader  file                data.export       chosen  rows leave in a file
reader  export              data.export       chosen  rows leave in a file
reader  account             data.account      chosen  counts rows, so opens them
"""


def _ways(table: str) -> dict[tuple[str, str], Way]:
    found = {}
    for line in table.strip().splitlines():
        desk, name, action, purpose, why = line.split(maxsplit=4)
        assert (desk, name) not in found, "a way is written twice"
        found[desk, name] = Way("" if action == "-" else action, purpose, why)
    return found


CONSOLE: Mapping[tuple[str, str], Way] = _ways(_CONSOLE)
"""Method and path of a route > what it is."""
DESKS: Mapping[tuple[str, str], Way] = _ways(_DESKS)
"""A process, and what it is asked (of the keeper, act and step) > what it is."""

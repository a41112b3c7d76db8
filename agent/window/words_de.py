# SPDX-License-Identifier: Apache-2.0
"""The local page in German."""

WORDS = {
    "title": "Was Discreet auf diesem Gerät liest",
    "lead": "Discreet betreut dieses Gerät für Ihren IT-Dienstleister. Diese Seite "
    "zeigt, was es liest, wozu, wer es bekommt und was Techniker gefragt haben. Sie "
    "ist auf diesem Gerät entstanden, aus dem, woran der Agent selbst sich hält; "
    "nichts wurde dafür geladen.",
    "skip": "Zum Inhalt",
    "contents": "Auf dieser Seite",
    "short": "In Kürze",
    "ask": "Wartet auf Ihre Antwort",
    "collected": "Was gelesen wird, und wozu",
    "never": "Was nicht gelesen wird",
    "requests": "Was Techniker gefragt haben",
    "whom": "An wen Sie sich wenden",
    "made": "Erstellt",
    "device": "Dieses Gerät heißt dort",
    "collector": "Es meldet an",
    "policy": "Geltende Richtlinie",
    "policy-of": "{name}, Fassung {version}, gültig bis {until}",
    "none": "keine",
    "own-rules": "Eigene Regeln dieses Geräts",
    "restricted": "local.toml schränkt die Richtlinie ein; das ist unten "
    "berücksichtigt",
    "unrestricted": "keine; wem das Gerät gehört, kann in local.toml welche setzen",
    "waiting": "Wartet hier auf Versand",
    "envelopes": "versiegelte Umschläge: {count}; auch dieses Gerät kann sie nicht "
    "öffnen",
    "not-enrolled": "Dieses Gerät ist nicht angemeldet: Nichts wird gelesen, nichts "
    "geht hinaus.",
    "no-policy": "Zurzeit wird nichts gelesen: {why}.",
    "ask-lead": "Ein Techniker bittet um das Folgende. Ohne ein Ja bis zur genannten "
    "Zeit läuft es nicht. Wer an diesem Gerät angemeldet ist, kann antworten, auf "
    "einer Kommandozeile:",
    "until": "Antwort bis",
    "seldom": "Ein Zweck, der hier nicht steht, bekommt nichts von diesem Gerät.",
    "clause": "Abschnitt {clause} der Datenschutzerklärung. Grundlage: {basis}.",
    "readers": "Öffnen darf es",
    "recipients": "Weitergegeben werden darf es an",
    "nobody": "niemanden sonst",
    "kept": "Aufbewahrt höchstens",
    "days": "{count} Tage",
    "every": "Gelesen alle {time}",
    "minutes": "{count} Minuten",
    "hours": "{count} Stunden",
    "seconds": "{count} Sekunden",
    "head-what": "Was",
    "head-why": "Wozu",
    "head-how": "Wie es hinausgeht",
    "left-out": "Vorgesehen, für diesen Zweck aber nicht gelesen: {names}.",
    "only-events": "Nur diese Ereignisse: {names}.",
    "only-on": "Nur in diesen Netzen: {names}.",
    "kinds": "{count} Arten von Daten, nach Plan",
    "earlier": "{count} frühere",
    "on-request": "{count} weitere, nur wenn Techniker fragen",
    "on-request-lead": "Nichts davon wird von selbst gelesen. Jedes Mal müssen ein "
    "oder zwei Techniker dafür unterschreiben, mit einem Ticket, und dieses Gerät "
    "prüft das.",
    "never-lead": "Auch das Folgende könnte der Agent dieser Version lesen. Die "
    "geltende Richtlinie nennt es nicht, also wird es gar nicht gelesen.",
    "all-read": "Die Richtlinie nennt alles, was diese Version lesen kann.",
    "no-path": "Für Tastatureingaben, Bildschirminhalte, Kameras, Mikrofone, "
    "Passwörter, private Schlüssel, E-Mail, Chats, die Zwischenablage und was Browser "
    "speichern, gibt es überhaupt keinen Code.",
    "requests-lead": "Höchstens die letzten {count}, die neuesten zuerst. Was eine "
    "Anfrage von sich sagt, steht hier nur, wenn ihre Unterschriften stimmten.",
    "nobody-asked": "Niemand hat dieses Gerät etwas gefragt.",
    "unvouched": "Eine Anfrage, für die niemand einsteht",
    "by": "Gefragt von",
    "approved-by": "Gebilligt von",
    "ticket": "Ticket",
    "because": "Weil",
    "with": "Mit",
    "here": "Zustimmung",
    "sent": "Gesendet",
    "rows": "{count} Zeilen, geschwärzt und versiegelt; keine ist hier lesbar",
    "number": "Nummer",
    "whom-lead": "Fragen Sie die Datenschutzbeauftragten Ihres Dienstleisters oder wer "
    "bei Ihnen die IT betreut, und nennen Sie die Nummer dieses Geräts. Auf diesem "
    "Gerät, als dessen Administrator:",
    "command-preview": "zeigt, was jetzt hinausginge, mit den Werten",
    "command-ledger": "zeigt, was hinausgegangen ist",
    "command-explain": "sagt, warum eine Spalte gelesen wird, wie lange und nach "
    "welchem Abschnitt",
    "declared": "Namen und Begründungen der Daten stehen hier, wie die Version sie "
    "angibt, auf Englisch.",
    "purpose.provision": "Erbringung der Dienste",
    "purpose.support": "Support und Fehlersuche",
    "purpose.administration": "Systemverwaltung",
    "purpose.communication": "Kommunikation",
    "purpose.account": "Kontoverwaltung",
    "purpose.security": "Sicherheit",
    "purpose.improvement": "Verbesserung der Dienste",
    "purpose.compliance": "Rechtliche Pflichten",
    "consent.allow": "ohne Hinweis erlaubt",
    "consent.notify": "Sie werden darauf hingewiesen",
    "consent.ask": "Sie werden vorher gefragt",
    "consent.never": "auf diesem Gerät nie",
    "consent.yes": "jemand an diesem Gerät hat Ja gesagt",
    "two-sign": "zwei Techniker unterschreiben",
    "state.received": "ist noch nicht an der Reihe",
    "state.asking": "wartet hier auf eine Antwort",
    "state.running": "läuft jetzt",
    "state.done": "erledigt",
    "state.denied": "hier abgelehnt",
    "state.refused": "nicht befolgt",
    "state.expired": "die Zeit war um, bevor es begann",
    "state.cancelled": "vom Fragenden zurückgenommen; nichts wurde gesendet",
    "state.failed": "ohne Ergebnis",
    "reason.no-answer": "niemand hier hat rechtzeitig Ja gesagt",
    "reason.said-no": "jemand hier hat Nein gesagt",
    "reason.interrupted": "der Agent oder das Gerät wurde dabei beendet; es läuft nie "
    "wieder",
    "reason.timed-out": "es wurde beendet, als seine Zeit um war",
    "reason.crashed": "was es ausführte, ist abgestürzt",
    "reason.spool-full": "es ist kein Platz mehr für das, was auf Versand wartet",
    "reason.no-sealing-key": "es gibt keinen Schlüssel, um das Gefundene zu versiegeln",
    "reason.truncated": "nur die ersten Zeilen, bis zur erlaubten Zahl",
    "how.bucket": "abgerundet",
    "how.keep": "wie es ist",
    "how.mask": "hinter *** verborgen",
    "how.pseudonymise": "ersetzt durch einen Platzhalter, der je Zweck und Zeitraum "
    "ein anderer ist",
    "how.pseudonymise_prefix": "ersetzt durch einen Platzhalter, der nur das Netz "
    "erkennen lässt",
    "how.scrub": "ohne Namen, Adressen und Geheimnisse",
    "how.scrub_prefix": "nur der Anfang, ohne Namen, Adressen und Geheimnisse",
    "how.shorten_address": "nur das Netz, nicht die Adresse",
    "how.shorten_path": "nur die ersten Ordner, nichts Persönliches",
    "how.truncate": "nur die ersten Zeichen",
    "how.vendor_only": "nur die Hälfte, die den Hersteller nennt",
}

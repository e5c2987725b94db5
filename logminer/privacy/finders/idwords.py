"""What announces an id, in the languages people use, and what the id then looks like: a table."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["HEADS", "LABELS", "PHRASES", "SCRIPTS", "Announcer", "IdRow"]


class IdRow(NamedTuple):
    """Phrases, between bars, after or before which `form` is an id.

    `near`: the form is particular enough to be looked for anywhere near by; else it must follow at once.
    """

    phrases: str
    form: str
    near: bool = True


class Announcer(NamedTuple):
    """The words of a phrase after its first, and what it announces."""

    rest: tuple[str, ...]
    form: re.Pattern[str]
    near: bool
    loose: bool  # the form fits much: figures must be counted


def _digits(least: int, most: int | None = None) -> str:
    """So many digits, in any groups."""
    return rf"\d(?:[ ./\u00a0·-]{{0,2}}\d){{{least - 1},{(most or least) - 1}}}"


# Groups of capitals and digits; a word in small letters with digits in it, or as it follows a sign.
_MIXED = r"[A-Z0-9]{1,16}(?:(?:[./·-]| (?=[A-Z]{0,3}\d)| (?=[A-Z]{1,4}\b(?! ?[a-z'’])))[A-Z0-9]{1,16}){0,6}|[A-Za-z0-9]{5,24}"
_PLATE = r"[A-ZÄÖÜ0-9]{1,4}(?:[ ·•-]{1,3}[A-ZÄÖÜ0-9]{1,5}){0,3}|[a-z]{2}\d\d [a-z]{3}|[a-z]{1,3}[ -]\d{1,4}(?: [a-z]{1,3})?|[A-Za-z0-9]{4,8}|\d{1,4}[ -][a-z]{2,3}(?:[ -]\d{2,3})?"

ROWS = (
    # ---- national, health and tax numbers
    IdRow("aadhaar|aadhar|adhaar|adhar|uidai", _digits(12, 16)),
    IdRow("pesel", _digits(11)),
    IdRow("regon", _digits(9, 14)),
    IdRow("nip", _digits(10)),
    IdRow("dowód osobisty|dowodu osobistego|numer dowodu|nr dowodu|seria i numer", r"[A-Z]{3} ?\d{6}"),
    IdRow("cpf|cadastro de pessoas físicas", _digits(11)),
    IdRow("cnpj", _digits(14)),
    IdRow("rg|registro geral|cnh|pis|pasep|título de eleitor|carteira de identidade", r"\d{1,2}\.?\d{3}\.?\d{3}-?[\dXx]|" + _digits(9, 12)),
    IdRow("cartão de cidadão|número de contribuinte|niss|número de utente|utente", _digits(8, 12) + r"(?: ?[A-Z]{2}\d)?"),
    IdRow("steuer-id|steuerid|steueridnr|steuer-idnr|steueridentifikationsnummer|steuer-identifikationsnummer|steuerliche identifikationsnummer|identifikationsnummer|idnr|tin", _digits(9, 13)),
    IdRow("steuernummer|steuernr|st.-nr|steuer-nr|finanzamt", r"\d{2,3}/\d{3,4}/\d{4,5}|" + _digits(10, 13)),
    IdRow("sozialversicherungsnummer|sv-nummer|svnr|sv-nr|rentenversicherungsnummer|versicherungsnummer|versichertennummer|krankenversichertennummer|ahv-nummer|ahv|krankenkassennummer", r"\d\d ?\d{6} ?[A-Z] ?\d{3}|[A-Z]\d{9}|" + _digits(10, 13)),
    IdRow("personalausweis|personalausweisnummer|ausweisnummer|reisepass|reisepassnummer|führerschein|führerscheinnummer", r"(?=[A-Z0-9]{0,6}\d)[A-Z0-9]{9,11}"),
    IdRow("nir|insee|numéro de sécurité sociale|numéro de sécu|sécurité sociale|sécu|securite sociale|carte vitale|numéro ss|nss", r"[12] ?\d\d ?\d\d ?\d[\dAB] ?\d{3} ?\d{3}(?:[ /]{0,3}\d\d)?|" + _digits(11, 15)),
    IdRow("carte d'identité|carte nationale d'identité|cni|passeport|permis de conduire|numéro fiscal|titre de séjour", _digits(9, 13) + r"|(?=[A-Z0-9]{0,6}\d)[A-Z0-9]{9,12}"),
    IdRow("pan|permanent account number", r"[A-Z]{5} ?\d{4} ?[A-Z]|[a-z]{5}\d{4}[a-z]"),
    IdRow("voter id|epic|voter card", r"[A-Z]{3} ?\d{7}"),
    IdRow("rrn|resident registration|resident registration number|jumin", r"\d{6}[ -]?[1-8]\d{6}"),
    IdRow("my number|mynumber|individual number", _digits(12)),
    IdRow("resident id|resident identity|chinese id|id card|identity card|identity number|identity card number|national id|national identity|national identification|national insurance|citizen id|id number|id no|government id|civil id|personal number|personal id|ktp|nik|mykad|ic number|nric|fin number|fin|hkid|cnic|nadra|emirates id|eid|iqama|teudat zehut|zehut|tc kimlik|tckn|kimlik|cccd|cmnd|thai id|philsys|umid|nin|bvn|ghana card|south african id", r"(?=[A-Z0-9()./ -]{0,5}\d)[A-Z]{0,3}" + _digits(6, 18) + r"[ -]?(?:\([\dA]\)|[A-Z]{0,2})"),
    IdRow("nino|ni number|ni no|national insurance number", r"[A-Za-z]{2} ?\d\d ?\d\d ?\d\d ?[A-Da-d]"),
    IdRow("nhs|nhs number|chi number", _digits(10)),
    IdRow("medicare|medicare card|medicare number|mbi|hicn", _digits(10, 11) + r"|[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d"),
    IdRow("ohip|health card|healthcard|ramq|care card|msp", r"(?:[A-Z]{4} ?)?" + _digits(8, 12) + r"(?:[ -]?[A-Z]{2})?"),
    IdRow("sin|social insurance|social insurance number", _digits(9)),
    IdRow("ssn|social security|social security number|social|soc sec|itin|ssnit", _digits(9)),
    IdRow("tfn|tax file number|tax file|abn|crn|centrelink|ird|ird number", r"\d{3} \d{3} \d{3}[A-Z]|" + _digits(8, 11)),
    IdRow("tax id|tax number|tax identification|tax identification number|taxpayer|taxpayer id|ein|utr|unique taxpayer reference|gstin|vat|vat number|vat id|ust-idnr|ust-id|umsatzsteuer-id|tva|partita iva|p iva|piva|siret|siren", r"(?:[A-Z]{2} ?)?" + _digits(8, 14) + r"(?: ?[A-Z]\d?)?|\d\d[A-Z]{5}\d{4}[A-Z]\d?[A-Z]?\d?"),
    IdRow("curp", r"(?i:[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d)"),
    IdRow("rfc", r"(?i:[A-ZÑ&]{3,4}[ -]?\d{6}[ -]?[A-Z0-9]{3})"),
    IdRow("imss|infonavit|número de seguridad social|seguridad social|naf", _digits(11, 12)),
    IdRow("ine|clave de elector", r"[A-Z]{6}\d{8}[HM]\d{3}|\d{13}"),
    IdRow("dni|nie|nif|documento nacional|documento de identidad|cédula|cedula|cédula de ciudadanía|cc|cuit|cuil|rut|run|ci", r"[XYZ]?[ -]?" + _digits(7, 11) + r"[ -]?(?:[A-Za-zKk]\b)?"),
    IdRow("codice fiscale|cod fiscale|cf|c.f", r"(?i:[A-Z]{6} ?\d\d ?[A-Z] ?\d\d ?[A-Z] ?\d{3} ?[A-Z]|[A-Z]{3} [A-Z]{3} \d\d[A-Z]\d\d [A-Z]\d{3}[A-Z])"),
    IdRow("tessera sanitaria|carta d'identità|carta di identità|patente|patente di guida|passaporto", r"(?=[A-Z0-9 ]{0,6}\d)[A-Z]{2} ?\d{5,7} ?[A-Z]{0,2}|" + _digits(9, 20)),
    IdRow("bsn|burgerservicenummer|sofinummer|rijksregisternummer|rijksregister|numéro national|registre national", _digits(8, 11)),
    IdRow("personnummer|personnr|samordningsnummer|fødselsnummer|fodselsnummer|cpr|cpr-nummer|cpr-nr|kennitala", r"\d{6}(?:\d\d)?[ +-]?\d{4,5}"),
    IdRow("henkilötunnus|hetu|henkilötunnukseni|sotu", r"\d{6}[-+A-FYXWVU]\d{3}[0-9A-Z]"),
    IdRow("rodné číslo|rodne cislo|cnp|cod numeric personal|egn|oib|jmbg|emšo|amka|afm|isikukood|asmens kodas|personas kods|taj|taj szám|adóazonosító|személyi szám", _digits(8, 13)),
    IdRow("pps|ppsn|pps number", r"\d{7} ?[A-Wa-w]{1,2}"),
    IdRow("snils|inn|снилс|инн|паспорт|паспорта|полис|омс|іпн|рнокпп|іпн|егн|едрпоу|єдрпоу", r"(?:[А-ЯA-ZІЇЄ]{2} ?)?" + _digits(8, 16)),
    IdRow("medical record|medical record number|mrn|patient id|patient number|hospital number|npi|dea|nhc|patientennummer|fallnummer|numéro de dossier|número de historia", _MIXED, near=False),
    # ---- documents, vehicles, contracts, parcels, devices: what follows at once
    IdRow("passport|passport number|passport no|pasaporte|passeport|paspoort|paszport|paszportu|passaporte|passaporto|pas|reisepassnr|pass-nr|passnummer|útlevél|pasaport", _MIXED, near=False),
    IdRow("driver license|driver licence|driver's license|driver's licence|drivers license|drivers licence|driving licence|driving license|dl|licence number|license number|licencia de conducir|permiso de conducir|carnet de conducir|carteira de motorista|rijbewijs|prawo jazdy|prawa jazdy|rijbewijsnummer|körkort", _MIXED, near=False),
    IdRow("licence plate|license plate|number plate|numberplate|plate|plates|plate number|registration plate|vehicle registration|car registration|car reg|registration|reg|rego|tag number|matrícula|matricula|plaque|plaque d'immatriculation|immatriculation|immatriculée|immatriculé|kennzeichen|nummernschild|autokennzeichen|kfz-kennzeichen|targa|placa|placas|chapa|kenteken|kentekenplaat|tablica|tablica rejestracyjna|tablice rejestracyjne|tablice|numer rejestracyjny|numerze rejestracyjnym|numerach rejestracyjnych|rejestracja|nummerplåt|regnummer|registreringsnummer|skilt|nummerplade|rendszám|plaka|plakası|plakalı|rekisterinumero|spz|госномер|номер машины|номерной знак", _PLATE, near=False),
    IdRow("vin|vehicle identification number|chassis|chassis number|fahrgestellnummer|fahrzeug-identifizierungsnummer|fin|bastidor|numéro de châssis|telaio|chassi", r"(?=[A-Za-z0-9 ]{0,9}\d)[A-HJ-NPR-Za-hj-npr-z0-9]{11,17}|[A-HJ-NPR-Z0-9]{3} [A-HJ-NPR-Z0-9]{6} [A-HJ-NPR-Z0-9]{8}"),
    IdRow("policy number|policy no|policy|policyholder|insurance policy|insurance number|insurance id|insurance card|claim number|claim no|claim id|claim ref|claim|member id|member number|member no|membership number|membership no|membership|group number|subscriber id|frequent flyer|loyalty number|loyalty card|library card|póliza|poliza|police d'assurance|numéro de contrat|versicherungsscheinnummer|vertragsnummer|polizza|polisnummer|polisy|apólice|schadennummer|siniestro|sinistre|mitgliedsnummer|número de socio|numéro d'adhérent", _MIXED, near=False),
    IdRow("employee id|employee number|employee no|staff id|staff number|badge number|badge|badge id|personnel number|payroll number|student id|student number|student no|matriculation number|matrikelnummer|matr.-nr|personalnummer|mitarbeiternummer|número de empleado|numéro étudiant|matricule|numero di matricola|matricola|legajo|kundennummer|kunden-nr|kundennr|numéro client|número de cliente|numero cliente|klantnummer|numer klienta|customer id|customer number|customer no|client id|client number|account number|account no|acct number|acct no|acct|kontonummer|konto-nr|konto|numéro de compte|número de cuenta|cuenta|numero di conto|número da conta|conta|rekeningnummer|numer konta|bank account|bankverbindung|ifsc|ifsc code|swift|bic", _MIXED, near=False),
    IdRow("tracking number|tracking no|tracking id|tracking|tracking code|order number|order no|order id|order ref|confirmation number|confirmation code|booking reference|booking ref|booking number|booking code|booking|pnr|record locator|reservation number|reservation code|reservation|ticket number|e-ticket|invoice number|invoice no|case number|case no|docket number|docket|file number|a-number|alien number|uscis|receipt number|sendungsnummer|paketnummer|bestellnummer|auftragsnummer|rechnungsnummer|buchungsnummer|aktenzeichen|numéro de commande|numéro de suivi|numéro de réservation|número de pedido|número de seguimiento|localizador|número de expediente|numero d'ordine|codice di tracciamento|número do pedido|código de rastreio|numer zamówienia|numer przesyłki|bestelnummer|ordernummer", _MIXED, near=False),
    IdRow("usps|dhl|ups|fedex|dpd|gls|hermes|evri|royal mail|parcelforce|inpost|correos|colissimo|chronopost|postnl|yodel|canada post|australia post", _digits(10, 24) + r"|[A-Z]{2,4}\d{9,22}(?:[A-Z]{2})?|1Z[0-9A-Z]{16}", near=False),
    IdRow("sort code|sortcode|sort-code|bsb|transit number|bankleitzahl|blz", r"\d\d[ -]?\d\d[ -]?\d\d|\d{3}[ -]?\d{3}(?: ?\d\d)?", near=False),
    IdRow("routing number|routing|aba|clabe|cbu", _digits(9, 22), near=False),
    IdRow("pin|pin code|pincode|card pin|voicemail pin|door code|gate code|alarm code|entry code|lock code|locker code|safe code|buzzer code|digicode|türcode", r"\d{4,8}#?|#\d{3,8}", near=False),
    IdRow("cvv|cvv2|cvc|cvc2|cid|card security code|security code|kartenprüfnummer|prüfziffer", r"\d{3,4}", near=False),
    IdRow("order|ticket|ref|case|docket|incident|reference|complaint|request|account|acct|booking|parcel|shipment|matric no|matriculation|index no|candidate number|candidate no|uid|id|member|policy|claim|invoice|patient|student|employee|staff", r"[A-Z]{1,5}-?\d{5,12}[A-Z]?|[A-Z]{2,5}-\d{2,4}-\d{4,10}|\d:\d\d-[a-z]{2}-\d{3,6}|\d{3}-\d{7}-\d{7}", near=False),
    IdRow("udid|idfa|gaid|android id|advertising id|device id|installation id", r"[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4,12}){1,4}", near=False),
    IdRow("imei|imei number|meid|imsi|iccid|sim number|sim card number", _digits(14, 22)),
    IdRow("serial number|serial no|serial|s/n|sn|seriennummer|numéro de série|número de serie|numero di serie|número de série|numer seryjny|serienummer|device id|device serial|asset tag|service tag|udid", _MIXED, near=False),
)  # fmt: skip


LONG_LABEL = 9  # characters; "Nir" and "Pan" are names too


def _announcers() -> dict[str, list[Announcer]]:
    heads: dict[str, list[Announcer]] = {}
    for row in ROWS:
        form = re.compile(rf"(?<![0-9A-Za-z])(?:{row.form})(?![0-9A-Za-z%])")
        for phrase in row.phrases.split("|"):
            first, *rest = phrase.replace("'s ", " ").replace(".", " ").split()
            heads.setdefault(first, []).append(
                Announcer(tuple(rest), form, row.near, row.form in (_MIXED, _PLATE))
            )
    for announcers in heads.values():
        announcers.sort(key=lambda a: -len(a.rest))
    return heads


HEADS = _announcers()
# what no name is, whatever a model thinks of it
LABELS = frozenset(p for row in ROWS for p in row.phrases.split("|") if len(p) >= LONG_LABEL)
PHRASES = frozenset(p for row in ROWS for p in row.phrases.split("|") if " " in p)
# Where words are not set apart.
SCRIPTS = re.compile(
    r"身份证|身份證|居民身份|证件号|證件號|護照|护照|驾驶证|社保号|银行卡号|账号|帐号|帳號|订单号|訂單|车牌|車牌|学号|工号|マイナンバー|個人番号|免許証|旅券|パスポート|保険証|会員番号|口座番号|注文番号|社員番号|学籍番号"
    r"|주민등록번호|주민번호|여권번호|여권|운전면허|계좌번호|차량번호|주문번호|사번|학번|आधार|पैन|पासपोर्ट|الهوية|رقم الهوية|رقم الجواز|جواز|الإقامة|رقم الحساب|کد ملی|תעודת זהות|ת\"ז|ת״ז|דרכון|บัตรประชาชน|หนังสือเดินทาง|ταυτότητα|ΑΦΜ|ΑΜΚΑ"
)

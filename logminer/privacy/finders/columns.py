"""What a column, a key or a tag is called, and what kind of value stands there: a table in many languages."""

from __future__ import annotations

import functools
import re

from logminer.privacy.finders.idwords import PHRASES
from logminer.privacy.finders.lexicon import first_name, frequency, is_surname
from logminer.privacy.finders.tokens import word_set

__all__ = ["KINDS", "WEAK", "is_value", "is_weak", "key_words", "kind_of"]

_COLUMNS = {
    "PERSON": """
    first name|firstname|fname|given name|given names|givenname|givennames|forename|forenames|middle name|middlename|last name|lastname|lname|surname|family name|familyname|maiden name|full name|fullname|legal name
    |patient name|customer name|client name|employee name|student name|contact name|account holder|cardholder|cardholder name|card holder|holder|holder name|beneficiary|emergency contact|next of kin|spouse|mother name|father name|guardian|payee|payer
    |nombre completo|nombres|apellido|apellidos|apellido1|apellido2|prénom|prenom|nom de famille|nom complet|vorname|nachname|familienname|zuname|cognome|sobrenome|apelido|nome completo|voornaam|achternaam|imię|imie|nazwisko|förnamn|efternamn|fornavn|etternavn|jméno|příjmení|keresztnév|vezetéknév
    |имя|фамилия|отчество|фио|姓名|名字|氏名|名前|姓|名|이름|성명|الاسم|اسم|नाम|passenger|passenger name|guest|guest name|attendee|display name|displayname|real name|realname|recipient name|sender name|sname|ename|cname|pname|insured|policyholder|tenant name|owner name|driver name|teacher name|doctor name
    """,
    "DATE_TIME": "dob|d o b|date of birth|dateofbirth|birth date|birthdate|birthday|birth day|bday|born|geburtsdatum|geburtstag|fecha de nacimiento|fecha nacimiento|fecha nac|date de naissance|date naissance|data di nascita|data de nascimento|data urodzenia|geboortedatum|生年月日|出生日期|생년월일|дата рождения",
    "PHONE_NUMBER": "phone|phone number|phonenumber|phone no|telephone|tel|tel no|mobile|mobile number|mobile no|mobilephone|cell|cell phone|cellphone|home phone|homephone|work phone|workphone|fax|contact number|contact no|telefon|telefonnummer|handy|mobil|teléfono|telefono|móvil|celular|téléphone|telephone number|portable|cellulare|telefone|telefoon|numer telefonu|电话|手机|手机号|電話|電話番号|전화|전화번호|телефон",
    "ADDRESS": "address|street|street address|streetaddress|address1|address 1|address line 1|addressline1|addr|home address|mailing address|billing address|shipping address|strasse|straße|anschrift|adresse|hausanschrift|dirección|direccion|domicilio|calle|indirizzo|via|endereço|endereco|rua|adres|ulica|straat|地址|住所|주소|адрес",
    "LOCATION": "zip|zip code|zipcode|postal code|postalcode|postcode|post code|plz|postleitzahl|código postal|codigo postal|cp|code postal|cap|cep|kod pocztowy|city|town|ort|wohnort|stadt|ciudad|localidad|ville|città|citta|cidade|miasto|plaats|birthplace|place of birth|birth place|hometown",
    "ID": """
    ssn|social security|social security number|nino|ni number|national id|nationalid|national insurance|passport|passport number|passport no|passportnumber|mrn|medical record|medical record number|patient id|patientid|employee id|employeeid|emp id|empid|employee no|staff id|badge|student id|studentid|matric|matric no|matrikelnummer|personalnummer|member id|memberid
    |account|account number|account no|accountnumber|acct|iban|policy|policy number|policy no|claim number|license|licence|license number|licence number|driver license|drivers license|license plate|licence plate|plate|plate number|kennzeichen|vin|card|card number|cardnumber|credit card|tax id|taxid|tin|dni|nif|nie|cpf|cnpj|pesel|nip|bsn|nhs|nhs number|aadhaar|pan|curp|rfc|codice fiscale|cf|steuer id|steuerid|personnummer|cpr|imei|serial|serial number|routing number|sort code|health card|insurance id|insurance number|customer id|customerid|kundennummer|customer no|identifier|身份证|身份证号|车牌
    """,
    "USERNAME": "username|user name|login|handle|screen name|screenname|nickname|nick|discord|twitter|instagram|telegram|skype|benutzername|usuario|utilisateur|github",
    "EMAIL_ADDRESS": "email|e mail|mail|email address|emailaddress|correo|courriel|邮箱|メール",
}  # fmt: skip
# Names of things as often: they count beside another column about people, or where the lists know the name.
_OFTEN_THINGS = """
    name|names|owner|patient|student|employee|customer|client|tenant|landlord|contact|manager|supervisor|teacher|author|member|user|person|player|nombre|nom|nome|naam|namn|navn|kunde|mitarbeiter|cliente|paciente|participant|candidate|applicant|doctor|physician|reviewer|assignee|reporter|instructor|driver|host|sender|recipient|from|to|fn|n|requester|requested by|requestor|assigned to|opened by|caller|invitee|speaker|committer|maintainer
    """
KINDS = {
    name.strip(): kind for kind, names in _COLUMNS.items() for name in names.replace("\n", "|").split("|") if name.strip()
}  # fmt: skip
WEAK = word_set(_OFTEN_THINGS, "|")
KINDS = {**dict.fromkeys(PHRASES, "ID"), **KINDS}
KINDS |= dict.fromkeys(WEAK, "PERSON") | {"id": "ID", "no": "ID", "number": "ID"}
WEAK |= {"id", "no", "number"}
_NUMBER = re.compile(r"\b(?:no|nr|num|nbr|id|code)$")
_PIECES = re.compile(r"[A-Z]?[a-z0-9à-ÿ]+|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+")
_NAME = re.compile(r"(?:[^\W\d_][\w.'’-]{0,24}[ ,_.]{0,2}){1,5}")
_NO_VALUE = word_set(
    """
    string str text varchar char character integer int number float bool boolean date datetime null none nil undefined true false required
    optional unknown n/a na name names first last full surname forename given family middle user username id value label title field column
    type email phone address key test example sample your my the and or not default placeholder enter input varying example.com nvarchar
    customer client patient employee student person people manager owner object array list dict json xml html pdf
    """
)


@functools.lru_cache(maxsize=8192)
def kind_of(key: str) -> str | None:
    """The type of what is called so, however the key is written: `first_name`, `firstName`, "First name"."""
    return next((KINDS[form] for form in _forms(key) if form in KINDS), None)


@functools.lru_cache(maxsize=8192)
def is_weak(key: str) -> bool:
    """Whether things are called so as often as people."""
    return any(form in WEAK for form in _forms(key))


def _forms(key: str) -> tuple[str, ...]:
    words = " ".join(re.sub(r"[_\W]+", " ", key).split()).casefold()
    pieces = " ".join(piece.casefold() for piece in _PIECES.findall(key))
    return words, pieces, _NUMBER.sub("number", pieces)


def key_words() -> frozenset[str]:
    """The words by which a text shows that it may have such columns."""
    return frozenset(word for name in KINDS for word in (name, name.split()[-1], name.split()[0]))


def is_value(kind: str, value: str, *, sure: bool) -> bool:
    """Whether a value can be of that kind; where the column is not sure, the lists must know the name."""
    words = [w.casefold() for w in re.findall(r"[^\W\d_]+", value)]
    digits = sum(map(str.isdigit, value))
    if kind == "PERSON":
        if (
            not words
            or digits
            or not _NAME.fullmatch(value.strip())
            or all(w in _NO_VALUE for w in words)
        ):
            return False
        if sure:
            return True
        written = all(
            part[:1].isupper()
            for part in re.split(r"[\s,_]+", value.strip())
            if part[:1].isalpha() and len(part) > 3
        )
        return (
            1 < len(words) < 5 and written and (_is_listed(words) or not any(map(frequency, words)))
        )
    if kind == "ID":
        alnum = sum(map(str.isalnum, value))
        return digits >= (3 if sure else 5) and alnum >= 5 and len(value) <= 40 and len(words) <= 4
    if kind == "DATE_TIME":
        return digits >= 4
    if kind == "PHONE_NUMBER":
        return 6 <= digits <= 16 and len(value) <= 32
    if kind == "ADDRESS":
        return digits > 0 and len(words) > 0
    if kind == "LOCATION":
        return 4 <= digits <= 9 or (
            not digits and value[:1].isupper() and not all(w in _NO_VALUE for w in words)
        )
    if kind == "USERNAME":
        return bool(re.fullmatch(r"@?[\w.-]{3,32}", value)) and value.casefold() not in _NO_VALUE
    return False


def _is_listed(words: list[str]) -> bool:
    known = [bool(first_name(w)) or is_surname(w) for w in words]
    return any(first_name(w) for w in words) and (
        all(known) or any(frequency(w) == 0 for w in words) or sum(known) > 1
    )

"""What the labels of spaCy models mean, in Presidio's words.

A label is looked up in any case. A model whose labels no line here knows finds nothing that we would remove, so it is
refused: `check_labels`.
"""

from __future__ import annotations

from collections.abc import Iterable

from logminer.errors import ModelError

__all__ = ["UNSURE", "check_labels", "entity_types"]

UNSURE = 0.4  # what the score of a region or a country is multiplied with: `balanced` leaves those

# Presidio's type → labels, in small letters. Sources: the label schemes at https://spacy.io/models (OntoNotes, WikiNER, and
# those of the Korean, Norwegian, Polish, Romanian, Slavic and Swedish models); NEMO for Hebrew; Sekine's Extended Named
# Entities 7 and 8 as GiNZA has them (`ginza.ene_ontonotes_mapper`).
_LABELS = {
    "PERSON": """
        person per pers persname prs ps deriv_per name first_name last_name firstname lastname surname full_name person_name
        patient doctor family
        """,
    "LOCATION": """
        gpe loc fac location geogname placename gpe_loc lc plc address_other city county spa postal_address facility
        facility_other facility_part goe_other foe foe_other park museum zoo amusement_park theater worship_place castle palace
        public_institution accommodation medical_institution school research_institute market sports_facility station airport
        port bridge road street tumulus location_other shopping_complex transport_facility transport_facility_other car_stop
        """,
    # larger than a town: what the list of countries and regions says for other models, the label says here
    "REGION": """
        country province region region_other continental_region domestic_region gpe_other geological_region
        geological_region_other mountain island river lake sea bay
        """,
    "ORGANIZATION": """
        org organization orgname gpe_org og organisation organization_other company company_group corporation_other
        juridical_person juridical_person_other nonprofit_organization show_organization sports_organization
        sports_organization_other pro_sports_organization sports_league sports_team sports_federation government cabinet military
        """,
    "DATE_TIME": """
        date time dt ti tme timex timex_other date_time era day_of_week time_top_other period_day period_week period_month
        period_year period_time periodx_other
        """,
    "NRP": """
        norp nrp nat_rel_pol nationality ethnic_group ethnic_group_other religion political_party international_organization
        political_organization political_organization_other
        """,
    "AGE": "age",
    "PHONE_NUMBER": "phone phone_number",
    "EMAIL_ADDRESS": "email email_address",
    "URL": "url",
    "ID": "id_number",
}
_TYPES = {label: kind for kind, labels in _LABELS.items() for label in labels.split()}


def entity_types(labels: Iterable[str]) -> dict[str, str]:
    """Presidio's type of each label that has one, in the form in which the model writes it.

    `REGION` is no type of Presidio's: a place larger than a town, for which `UNSURE` is.
    """
    return {label: kind for label in labels if (kind := _TYPES.get(label.casefold()))}


def check_labels(model: str, labels: Iterable[str]) -> None:
    """Refuse a model that cannot say what is a person.

    Raises:
        ModelError: none of its labels means a person. It names the model, some of its labels and the mend.
    """
    labels = sorted(labels)
    if "PERSON" in entity_types(labels).values():
        return
    some = ", ".join(labels[:12]) + (f" and {len(labels) - 12} more" if len(labels) > 12 else "")
    raise ModelError(
        f"spaCy model {model} has no label for persons ({some or 'it finds no names at all'}): names would stay; name "
        "another model of the language under anonymise.models, or take the language out of anonymise.languages"
    )

"""Colours that people with any colour vision tell apart: Okabe and Ito (2008); Nuñez, Anderton and Renslow (2018)."""

CATEGORICAL = {
    "id": "okabe_ito",
    "label": "Okabe-Ito",
    "description": "Eight colours for any colour vision",
    "isDefault": True,
    "colors": ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#999999", "#F0E442"],
}
SEQUENTIAL = {
    "id": "cividis",
    "label": "Cividis",
    "description": "From dark blue to yellow, even in lightness",
    "isDiverging": False,
    "isDefault": True,
    "colors": ["#FEE838", "#E1CC55", "#C3B369", "#A59C74", "#8A8779", "#707173", "#575D6D", "#3B496C", "#123570"],
}

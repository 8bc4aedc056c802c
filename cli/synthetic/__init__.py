"""The data of the demonstration and of the tests, made from a seed: well-formed, plausible, and about nobody.

Every person, business and telephone number is fictitious, and built from ranges that are given to nobody (see each module);
kinds of departments, regions, kinds of data and legal bases are real. The same seed gives the same bytes every time.
"""

from cli.synthetic.businesses import Business, businesses
from cli.synthetic.chance import SEED
from cli.synthetic.departments import Body, department, departments
from cli.synthetic.entries import EntrySeed, entry_seeds
from cli.synthetic.fields import FieldSeed
from cli.synthetic.regions import REGIONS, Region
from cli.synthetic.residents import TODAY, Resident, residents
from cli.synthetic.tables import write_sqlite

__all__ = [
    "REGIONS",
    "SEED",
    "TODAY",
    "Body",
    "Business",
    "EntrySeed",
    "FieldSeed",
    "Region",
    "Resident",
    "businesses",
    "department",
    "departments",
    "entry_seeds",
    "residents",
    "write_sqlite",
]

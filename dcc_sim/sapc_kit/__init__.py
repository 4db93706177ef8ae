"""The SAPC conformance kit: drives a SAPC under test case by case, and says what is right and what is wrong.

A case is a file in [cases/](cases/), read by [case.py](case.py): its steps are commands as a supplier would send them,
changed on the wire where the case is about that, and what the device must answer, tell and do. Each names its source
and how well that source carries it (grade), so that a maker can contest it. The kit holds every party's keys
([provision.py](provision.py)) and drives any target behind one small interface ([target.py](target.py)).
"""

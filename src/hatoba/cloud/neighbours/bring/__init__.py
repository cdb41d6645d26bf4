"""What stands in our own services, brought into moto's records before moto is asked about it.

moto is never patched: these modules write records of moto's own kinds, as its own operations would.
Each of them loads the part of moto that it is about, in the worker thread.
"""

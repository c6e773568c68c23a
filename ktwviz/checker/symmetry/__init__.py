"""Symmetry: where tasks are the same but for their names, one state stands for all that differ in who is who.

Tasks are taken for identical that run the same stepped function with the same kind of arguments: each argument is
either common to all of them, or an object of the same type for each, its own. A permutation of such tasks moves their
local states, task structs, own objects and CPUs with them, and every pointer to one of these. What is reached then
differs in the names alone, as long as no code calls one of them by name; where some does, there is no such group.

`Reduced` is a machine whose successors are such representatives, so that `explore` finds one state for each orbit.
A schedule through it names other tasks than a run of the machine itself would; `real_keys` translates it.

A verdict on it is one on the machine where what is asked does not tell the tasks apart either (see `names_one`).
"""

"""Measurements of this machine: `depthlake bench`."""

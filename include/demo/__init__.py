"""A generated school district: the files that a district's systems would export, from one seed."""

"""The command line. This room is private; the commands `thumbox` and `python -m thumbox` are its doors.

Data flow: `arguments` parses the command line, `find` turns names of files and folders into pictures, and
`make` reads each, asks the plugin for its thumbnail and writes that; `sheet` puts all of them on one page. `main` runs
the commands and prints how they went.
"""

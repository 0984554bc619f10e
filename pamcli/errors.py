"""Errors that a user can mend. Each reaches the user as one line on stderr."""


class PamError(Exception):
    """Anything that the user, not the programmer, has to put right."""


class InputError(PamError):
    """A source, hint or option value that cannot be used."""


class UsageError(InputError):
    """Options that contradict each other or lie outside their range: exit code 2, not 1."""


class ModelError(PamError):
    """A released model that is missing, damaged or unfit for what is asked of it."""


class OutputError(PamError):
    """A target that cannot be written."""


class ResumeError(OutputError):
    """Finished parts of an interrupted run that are another run's: this one cannot go on."""

"""The one exception family: what is wrong, where it is, and how to fix it."""


class SatisfactionError(Exception):
    """An input or option that the method cannot work with.

    Parameters
    ----------
    what : str
        What is wrong, without a full stop.
    table : str
        The method table, raw table or group of options at fault.
    column : str, optional
        The column or option at fault.
    key : str, optional
        The row at fault, for example ``"model=satisfaction, parent_id=benefit"``.
    fix : str
        What the reader should do, without a full stop.

    Notes
    -----
    The message is one line, ``table[.column][, key]: what is wrong. fix.``, so that dbt can print
    it as it stands.

    Examples
    --------
    >>> print(SatisfactionError("the weights sum to 0.9", table="ahp_experts", column="weight",
    ...                         fix="Make them sum to 1"))
    ahp_experts.weight: the weights sum to 0.9. Make them sum to 1.
    """

    def __init__(
        self,
        what: str,
        *,
        table: str,
        fix: str,
        column: str | None = None,
        key: str | None = None,
    ) -> None:
        self.table = table
        self.column = column
        self.key = key
        self.fix = fix
        place = table + (f".{column}" if column else "") + (f", {key}" if key else "")
        super().__init__(" ".join(f"{place}: {what}. {fix}.".split()))

    @property
    def __traceback__(self) -> None:
        """None: dbt prints the traceback of a Python model's error, and the message says it all."""
        return None

    @__traceback__.setter
    def __traceback__(self, value: object) -> None:
        pass


def require(
    right: bool, what: str, fix: str, table: str, column: str | None = None, key: str | None = None
) -> None:
    """Raise SatisfactionError(what, …) unless ``right``."""
    if not right:
        raise SatisfactionError(what, table=table, column=column, key=key, fix=fix)


def check_option(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise SatisfactionError when the var ``option`` has a value that is not on its list."""
    require(
        value in allowed,
        f"{value!r} is not an option",
        "Use " + " or ".join(allowed),
        "vars",
        option,
    )

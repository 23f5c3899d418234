"""What each DQDL rule of a contract can do here: look at single rows, or only at the batch as a whole."""

# Rules that say of each row whether it passes; the others are measures of the whole.
JUDGE_ROWS = {"ColumnValues", "ColumnLength", "IsComplete", "IsUnique", "IsPrimaryKey", "ColumnDataType", "DataFreshness", "ReferentialIntegrity"}


def rule_power(rule, not_run: list[str]) -> str:
    if not_run:
        return "not run"
    if rule.getRuleType() in JUDGE_ROWS:
        return "rows"
    if rule.getRuleType() == "CustomSql" and not str(rule.getCondition().getConditionAsString() if rule.getCondition() else "").strip():
        return "rows"
    return "gate"

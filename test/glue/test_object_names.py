"""Names of objects that mean something to Spark are still only names."""


def test_objects_with_glob_characters_are_read_once_and_so_are_their_neighbours(lake):
    names = ["plain.csv", "x1.csv", "x[1].csv", "y{1,2}.csv", "z*.csv", "q?.csv", "a+b =%25 ü.csv"]
    keys = [lake.land(f"day=1/{name}", f"id,at,amount\n{name.replace(',', '')},2025-01-01 10:00:00,1\n") for name in names]
    manifest = lake.batch(keys=keys)
    assert manifest["rows"] == {"read": len(names), "written": len(names), "duplicates": 0, "superseded": 0, "quarantined": 0}
    assert sorted(row["id"] for row in lake.curated()) == sorted(name.replace(",", "") for name in names)

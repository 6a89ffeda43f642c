"""Tables that several topics use."""


def small(s):
    """The table of right-answers.md."""
    s.table(
        "t",
        "id Int, g String, price Int, x Float?, active Bool",
        """
        1, 'a', 4, 1.5, true
        2, 'a', 10, NULL, false
        3, 'b', 20, 7.0, true
        """,
    )


def people(s):
    """Employees with a manager and a nullable department, and departments of which one is empty."""
    s.table(
        "dept",
        "id Int, name String, budget Float?",
        """
        1, 'Physics', 1000.5
        2, 'Maths', 500.0
        3, 'Music', NULL
        4, 'Empty', 0.0
        """,
        dataset=True,
    )
    s.table(
        "emp",
        "id Int, name String, dept_id Int?, boss Int?, salary Float?, hired Date?",
        """
        1, 'Ada', 1, NULL, 120.0, DATE '2020-01-15'
        2, 'Bob', 1, 1, 80.0, DATE '2021-03-01'
        3, 'Cid', 2, 1, 95.5, DATE '2019-07-30'
        4, 'Dee', 2, 3, NULL, DATE '2022-11-11'
        5, 'Eve', NULL, 3, 60.0, NULL
        6, 'Fay', 3, 1, 80.0, DATE '2021-03-01'
        7, 'Gus', 9, 6, 55.25, DATE '2023-02-28'
        """,
    )


def sales(s):
    """Sales by region, product and day, with NULLs in keys and values."""
    s.table(
        "sales",
        "id Int, region String?, product String?, day Date, qty Int?, amount Float?",
        """
        1, 'north', 'pen', DATE '2024-01-01', 10, 12.5
        2, 'north', 'ink', DATE '2024-01-01', 3, 30.0
        3, 'south', 'pen', DATE '2024-01-02', 7, 8.75
        4, 'south', 'pen', DATE '2024-01-03', NULL, NULL
        5, NULL, 'pad', DATE '2024-01-03', 1, 4.0
        6, 'north', NULL, DATE '2024-02-01', 5, 5.5
        7, 'east', 'ink', DATE '2024-02-01', 2, 20.0
        8, NULL, 'pen', DATE '2024-02-10', 4, 5.0
        9, 'south', 'ink', DATE '2024-02-29', 6, 60.0
        10, 'north', 'pen', DATE '2024-03-01', 8, 10.0
        11, 'east', 'pad', DATE '2024-03-01', 0, 0.0
        12, 'east', 'pen', DATE '2024-03-15', 9, 11.25
        """,
    )


def values(s):
    """One table of nullable columns of every scalar type, for expressions over rows."""
    s.table(
        "v",
        "id Int, a Int?, b Int?, x Float?, y Float?, s String?, u String?, p Bool?, q Bool?",
        """
        1, 5, 2, 1.5, 0.5, 'apple', 'Apple', true, true
        2, -7, 3, -2.25, 4.0, 'Banana', 'banana', true, false
        3, 0, 4, 0.0, -1.0, '', 'x', false, true
        4, NULL, 1, NULL, 2.0, NULL, 'y', NULL, true
        5, 8, NULL, 3.0, NULL, 'éclair', NULL, false, NULL
        6, 5, 5, 1.5, 1.5, 'apple', 'apple', NULL, NULL
        7, 1000000007, -13, 1e10, 1e-3, 'a b', 'a_b', true, NULL
        8, NULL, NULL, NULL, NULL, NULL, NULL, false, false
        """,
    )


def keyed(s):
    """Rows with keys of a number and of a text, some of them NULL."""
    s.table("a", "id Int, k Int?, s String?", """
        1, 10, 'x'
        2, 20, 'y'
        3, NULL, 'z'
        4, 20, NULL
        5, 50, 'x'
    """)

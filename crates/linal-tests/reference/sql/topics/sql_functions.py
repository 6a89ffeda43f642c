"""Scalar functions and aggregates under DuckDB's names."""


def words(s):
    """Texts and numbers of all kinds, with NULLs."""
    s.table(
        "w",
        "id Int, s String?, t String?, n Int?, x Float?",
        """
        1, 'duckdb', 'duck', 2, 1.5
        2, 'hello world', 'o w', 3, -2.5
        3, '', 'x', 0, 0.0
        4, 'Mühleisen', 'ühl', 1, 1e10
        5, NULL, 'a', 1, NULL
        6, 'abc', NULL, NULL, 3.0
        7, 'a,b,,c', ',', -2, 0.001
        8, '🦆 duck', '🦆', -1, -1e-9
        9, 'A.b-C_d', '.', 100, 123456.789
        10, 'x1y22z333', '2', -100, 42.0
        """,
    )


def text(s):
    """Parts of texts, padding, characters: characters count, not bytes."""
    words(s)
    for call in [
        "prefix(s, t)", "suffix(s, t)", "contains(s, t)", "starts_with(s, t)", "ends_with(s, t)",
        "left(s, n)", "'[' || right(s, n) || ']'", "left(s, 3)", "right(s, -2)",
        "substring(s, n)", "substring(s, n, 2)", "substring(s, n, -2)", "substr(s, 2, n)", "'[' || substring(s, 0, 3) || ']'", "substring(s, -4, 2)",
        "lpad(s, 8, '>')", "rpad(s, 8, '<>')", "lpad(s, n, 'ü')", "rpad(s, n, t)",
        "translate(s, 'abcdü', 'xy')", "translate(s, t, 'z')", "reverse(s)", "upper(s)", "lower(s)", "ucase(s)", "lcase(s)",
        "repeat(s, 2)", "repeat(t, n)", "replace(s, t, '_')", "instr(s, t)", "strpos(s, t)", "position(t IN s)",
        "length(s)", "strlen(s)", "bit_length(s)", "unicode(s)", "ord(t)", "ascii(s)", "strip_accents(s)", "nfc_normalize(s)",
        "split_part(s, ',', 2)", "split_part(s, t, 1)", "'[' || split_part(s, t, -1) || ']'", "'[' || split_part(s, t, n) || ']'", "split_part(s, ',', 0)",
        "trim(s, 'ab')", "ltrim(s, 'ahM')", "rtrim(s, 'cdbn')", "trim(s)", "concat(s, t)", "concat_ws('|', s, t)", "s || t",
        "length_grapheme(s)", "'[' || left_grapheme(s, 2) || ']'", "right_grapheme(s, 2)", "'[' || substring_grapheme(s, 2, 3) || ']'",
        "greatest(s, t)", "least(s, t)", "ifnull(s, t)", "coalesce(s, t, 'z')", "nullif(s, 'abc')", "if(n > 0, s, t)",
        "starts_with(s, '')", "contains(s, '')", "string_split(s, t)[0]", "len(string_split(s, ','))", "len(string_split(s, ''))",
    ]:
        duck = call.replace("[0]", "[1]")
        # The length of DuckDB's padding is an INTEGER.
        duck = duck.replace("pad(s, n,", "pad(s, n::INTEGER,")
        s.query(f"SELECT id, {call} FROM w ORDER BY id", duck=f"SELECT id, {duck} FROM w ORDER BY id")
    s.section("Characters of code points.")
    s.values("""
        chr(65)
        chr(8364)
        chr(129414)
        unicode('')
        ascii('')
        lpad('abc', 2, 'x')
        '[' || bar(5, 0, 20, 10) || ']'
        bar(20, 0, 10, 4)
        '[' || bar(5.5, 0, 10, 4) || ']'
        bar(10, 0, 10, 3)
    """)
    s.errors("""
        SELECT lpad('a', 3, '')
        SELECT chr(-1)
        SELECT chr(1114112)
        SELECT error('boo')
        SELECT prefix(1, 'a')
    """)


def distance(s):
    """Distances of texts; those of texts with other letters than ASCII count characters."""
    words(s)
    ascii_only = "WHERE ascii(s) < 128 AND ascii(t) < 128 AND s <> 'Mühleisen'"
    for call in [
        "levenshtein(s, t)", "editdist3(s, t)", "damerau_levenshtein(s, t)", "jaro_similarity(s, t)",
        "jaro_winkler_similarity(s, t)", "jaro_similarity(s, t, 0.5)", "jaro_winkler_similarity(s, t, 0.9)",
    ]:
        s.query(f"SELECT id, {call} FROM w {ascii_only} ORDER BY id")
    s.query("SELECT id, jaccard(s, t) FROM w WHERE s <> '' AND id NOT IN (4, 8) ORDER BY id")
    s.values("""
        hamming('duck', 'luck')
        mismatches('abc', 'abc')
        levenshtein('kitten', 'sitting')
        damerau_levenshtein('ca', 'abc')
        damerau_levenshtein('duckdb', 'udckbd')
        jaro_winkler_similarity('MARTHA', 'MARHTA')
        jaro_winkler_similarity('abcdefghij', 'abcdefghik')
        jaro_winkler_similarity('abcd', 'abzzzz')
    """)
    s.errors("""
        SELECT hamming('a', 'ab')
        SELECT jaccard('', 'a')
    """)
    why = "characters count, and not bytes"
    s.query("SELECT levenshtein('é', 'e')", expect=[[1]], why=why)
    s.query("SELECT damerau_levenshtein('éa', 'aé')", expect=[[1]], why=why)
    s.query("SELECT hamming('äb', 'ab')", expect=[[1]], why=why)
    s.query("SELECT jaccard('éa', 'ea')", expect=[[1 / 3]], why=why)


def pattern(s):
    """Regular expressions."""
    words(s)
    for call in [
        "regexp_matches(s, t)", "regexp_matches(s, '[0-9]+')", "regexp_full_match(s, '[a-z]*')", "regexp_extract(s, '[a-z]+')",
        "regexp_extract(s, '([a-z])([0-9]+)', 2)", "regexp_extract(s, '([a-z])([0-9]+)', 5)", "regexp_replace(s, '[aeiou]', '-')",
        "regexp_replace(s, '[aeiou]', '-', 'g')", "regexp_matches(s, 'DUCK', 'i')", "regexp_matches(s, '.', 'l')",
        "len(regexp_extract_all(s, '[a-z]'))", "len(string_split_regex(s, '[,0-9 ]+'))", "len(regexp_split_to_array(s, ''))",
        "regexp_escape(s)", "array_to_string(regexp_extract_all(s, '([a-z])([0-9]*)', 1), '|')",
        "array_to_string(string_split_regex(s, '[,0-9 ]'), '|')",
    ]:
        s.query(f"SELECT id, {call} FROM w ORDER BY id")
    s.values(r"""
        regexp_matches('anabanana', '(an)*')
        regexp_full_match('anabanana', '(an)*')
        regexp_full_match('ab', 'a|ab')
        regexp_escape('http://d.org')
    """)
    for value in ["2023-04-15", "none"]:
        groups = f"SELECT regexp_extract('{value}', '(\\d+)-(\\d+)', ['y', 'm']) AS r"
        s.query(f"SELECT r['y'], r['m'] FROM ({groups}) AS q")
    s.errors("""
        SELECT regexp_matches('a', '(')
        SELECT regexp_full_match('a', 'a)|(b')
        SELECT regexp_extract('abc', '(b)', -1)
        SELECT regexp_extract_all('abc', '(b)', 3)
        SELECT regexp_matches('a', 'a', 'z')
    """)


def encoding(s):
    """Encodings and hashes."""
    words(s)
    for call in [
        "hex(s)", "to_hex(s)", "bin(t)", "base64(s::BLOB)", "md5(s)", "sha1(s)", "sha256(s)", "url_encode(s)", "url_decode(url_encode(s))",
        "hex(unhex(hex(s)))", "hex(n)", "bin(n)", "bit_count(id)", "hex(unbin(bin(t)))",
    ]:
        duck = f"SELECT id, {call} FROM w ORDER BY id"
        call = call.replace("base64(s::BLOB)", "base64(s)")
        if "base64" in call:
            duck = "SELECT id, base64(encode(s)) FROM w ORDER BY id"
        s.query(f"SELECT id, {call} FROM w ORDER BY id", duck=duck)
    s.values("""
        hex(12345678901)
        hex('')
        hex(unhex('abc'))
        hex(unbin('101'))
        hex(from_base64('QUJD'))
        to_base(42, 16)
        to_base(0, 2)
        to_base(10, 2, 10)
        to_base(255, 36)
        url_encode('a/b+c d~e_f.g')
        url_decode('http%3A%2F%2Fa+b%20c%zz%')
        format_bytes(0)
        format_bytes(1)
        format_bytes(1023)
        format_bytes(16384)
        format_bytes(1048575)
        format_bytes(-5000)
        format_bytes(9223372036854775807)
        formatReadableSize(16000)
        formatReadableDecimalSize(16000)
        formatReadableDecimalSize(999999)
        parse_formatted_bytes('16 KiB')
        hash('a') = hash('a')
        hash('a') = hash('b')
    """)
    s.errors("""
        SELECT unhex('zz')
        SELECT from_base64('Q')
        SELECT to_base(-1, 2)
        SELECT to_base(1, 37)
        SELECT url_decode('%ff')
    """)


def path(s):
    """Parts of paths."""
    paths = ["'path/to/file.csv'", "'/path/to/file.csv'", "'file'", "''", "'a//b'", "'a/'", "'/'", "'.bashrc'", "'a/b.tar.gz'", "NULL"]
    for value in paths:
        for call in [
            "parse_filename({})", "parse_filename({}, true)", "parse_dirname({})", "parse_dirpath({})",
            "array_to_string(parse_path({}), '|')", "parse_filename({}, false, 'backslash')",
        ]:
            if value != "NULL":
                s.query(f"SELECT {call.format(value)}")


def template(s):
    """FORMAT and PRINTF."""
    s.values("""
        format('{}-{}', 'a', 1)
        format('{1} {0}', 1, 2)
        format('{:d}', 1000000)
        format('{:.2f}', 3.14159)
        format('{:,}', 1234567)
        format('|{:>8}|{:<8}|{:^8}|{:*>8}', 'a', 'b', 'c', 'd')
        format('|{:5d}|{:<5d}|{:05d}|{:+d}', 42, 42, 42, -42)
        format('{:#x} {:x} {:X} {:b} {:o}', 255, 255, 255, 5, 8)
        format('{:e} {:g}', 1.5, 1.5)
        format('{}', 1e20)
        format('{}', 0.1)
        format('{}', 1.0)
        format('{}', true)
        format('{:.3}', 'abcdef')
        format('{{}}')
        format('ü{}é', 'ö')
        printf('%d|%5d|%-5d|%05d|%+d', 42, 42, 42, 42, 42)
        printf('%s|%5s|%-5s|', 'a', 'b', 'c')
        printf('%05.2f|%.3f|%e', 3.14159, 2.0, 1.5)
        printf('%x|%X|%o|%c', 255, 255, 8, 65)
        printf('%,d', 123456789)
        printf('100%%')
    """)
    s.query("SELECT format('{}', NULL)")
    s.errors("""
        SELECT format('{} {}', 1)
        SELECT printf('%d', 'a')
        SELECT printf('%d', 1.5)
        SELECT format('{', 1)
    """)


def number(s):
    """Numbers."""
    words(s)
    for call in [
        "even(x)", "fdiv(x, 2)", "fmod(x, 0.7)", "fmod(n, -3)", "fdiv(n, 2)", "round(cbrt(x), 9)", "trunc(x)", "trunc(x, 1)", "trunc(x, -2)",
        "round(x, 2)", "round(x, -2)", "ceil(x)", "floor(x)", "degrees(x)", "radians(x)", "signbit(x)", "isinf(x)", "isfinite(x)",
        "isnan(x)", "greatest(n, 1)", "least(x, n)", "gcd(n, 12)", "lcm(n, 12)", "xor(n, 7)", "nextafter(x, 0)", "CAST(sign(x) AS Int)", "abs(n)",
        "atan2(x, 2)", "exp(n / 100.0)", "bit_count(n * 0 + 7)",
    ]:
        s.query(f"SELECT id, {call} FROM w ORDER BY id")
    s.values("""
        gamma(5)
        round(gamma(0.5), 12)
        round(gamma(-2.5), 12)
        lgamma(2)
        round(lgamma(100), 9)
        factorial(0)
        factorial(20)
        factorial(33)
        4!
        gcd(0, 0)
        lcm(0, 5)
        gcd(-4, 6)
        even(3)
        even(-3)
        even(2)
        fdiv(1, 0)
        isinf(1e0 / 0)
        nextafter(1e0, 2)
        round(1e308, 5)
        round(125, -1)
        round(-15, -1)
        trunc(1234, -2)
        signbit(-0.0)
    """)
    for call in ["round(x, 1)", "trunc(x)", "trunc(x, 1)", "trunc(x, -1)", "round(x)", "trunc(x, 5)"]:
        for value in ["17.456", "-17.456", "0.050", "999.999"]:
            decimal = call.replace("x", f"CAST('{value}' AS DECIMAL(10, 3))")
            s.query(f"SELECT CAST({decimal} AS String)")
    s.errors("""
        SELECT gamma(0)
        SELECT lgamma(0)
        SELECT factorial(-1)
        SELECT factorial(34)
        SELECT equi_width_bins(10, 0, 3, false)
        SELECT equi_width_bins(0, 10, 0, false)
    """)
    for args in ["0, 10, 2", "0, 10, 3", "-5, 5, 5", "0, 1000000, 10", "0, 9, 4", "0, 100, 7", "0, 1, 10", "-100, 3, 6", "17, 1234567, 13"]:
        for nice in ["false", "true"]:
            s.query(f"SELECT array_to_string(equi_width_bins({args}, {nice}), '|')")
    for args in ["0.0, 1.0, 3", "0.0, 1.0, 4", "-1.5, 7.25, 5", "0.0, 0.001, 3"]:
        s.query(f"SELECT len(equi_width_bins({args}, true)), equi_width_bins({args}, true)[1]", duck=f"SELECT len(equi_width_bins({args.replace('.', '.')}, true)), equi_width_bins({args}, true)[2]")


def calendar(s):
    """Dates and timestamps."""
    s.table(
        "d",
        "id Int, d Date?, t Timestamp?, u Timestamp?",
        """
        1, DATE '2020-02-29', TIMESTAMP '2020-01-31 12:34:56.789', TIMESTAMP '2020-02-29 11:00:00'
        2, DATE '2021-01-03', TIMESTAMP '1969-12-31 23:30:00', TIMESTAMP '1970-01-01 00:30:00'
        3, DATE '1999-12-31', TIMESTAMP '2000-02-29 00:00:00', TIMESTAMP '1999-03-31 23:59:59.999999'
        4, NULL, NULL, TIMESTAMP '2020-01-01 00:00:00'
        5, DATE '0001-01-01', TIMESTAMP '2038-01-19 03:14:07', TIMESTAMP '2038-01-19 03:14:07'
        6, DATE '2026-12-28', TIMESTAMP '2020-03-30 12:00:00', TIMESTAMP '2020-02-29 13:00:00'
        """,
    )
    parts = (
        "year month day quarter week weekofyear isoyear yearweek century decade millennium era dayofweek weekday isodow dayofyear "
        "dayofmonth dayname monthname last_day julian epoch"
    ).split()
    for part in parts:
        s.query(f"SELECT id, {part}(d) FROM d ORDER BY id")
        s.query(f"SELECT id, {part}(t) FROM d ORDER BY id")
    for part in "hour minute second millisecond microsecond epoch_ms epoch_us epoch_ns".split():
        s.query(f"SELECT id, {part}(t) FROM d ORDER BY id")
    for unit in "microsecond millisecond second minute hour day week month quarter year decade century millennium".split():
        s.query(f"SELECT id, date_diff('{unit}', t, u), date_diff('{unit}', u, t), date_sub('{unit}', t, u), date_sub('{unit}', u, t) FROM d ORDER BY id")
    s.query("SELECT id, datediff('day', d, CAST(t AS Date)), datesub('month', d, CAST(t AS Date)) FROM d ORDER BY id")
    for form in ["%Y-%m-%d %H:%M:%S.%f", "%d.%m.%y %I:%M %p", "%a %A %b %B %j", "%u %w %U %W %V %G", "%-d/%-m/%-y %-H:%-M:%-S %-I", "%c|%x|%X|%g|%%"]:
        s.query(f"SELECT id, strftime(t, '{form}'), strftime('{form}', u) FROM d ORDER BY id")
    s.query("SELECT id, strftime(d, '%Y%m%d %H') FROM d ORDER BY id")
    for width in ["15 minutes", "1 hour", "10 days", "14 days", "1 month", "7 months", "1 year"]:
        s.query(f"SELECT id, time_bucket(INTERVAL '{width}', t), time_bucket(INTERVAL '{width}', d) FROM d WHERE id <> 5 ORDER BY id")
    s.query("SELECT id, time_bucket(INTERVAL '10 minutes', t, INTERVAL '5 minutes') FROM d ORDER BY id")
    s.query("SELECT id, time_bucket(INTERVAL '10 minutes', t, TIMESTAMP '2020-01-01 00:03:00') FROM d ORDER BY id")
    s.values("""
        make_date(2020, 2, 29)
        make_date(19000)
        make_timestamp(2020, 1, 2, 3, 4, 5.5)
        make_timestamp(1000000)
        epoch_ms(1000)
        strptime('2020-01-02', '%Y-%m-%d')
        strptime('02/01/2020 3:04 PM', '%d/%m/%Y %I:%M %p')
        strptime('Monday, 2 March 1992 - 08:32:45 PM', '%A, %-d %B %Y - %I:%M:%S %p')
        strptime('x2020', ['x%Y', '%Y-%m'])
        strptime('2020-01-02 03:04:05.123', '%Y-%m-%d %H:%M:%S.%g')
        strptime('2020 032', '%Y %j')
        strptime('99', '%y')
        strptime(' 2020 ', '%Y')
        try_strptime('abc', '%Y')
        try_strptime('2020-02-30', '%Y-%m-%d')
        try_strptime('2020-01-02', ['%d', '%Y-%m-%d'])
        last_day(TIMESTAMP '2020-02-10 01:00:00')
        year(make_date(2020, 2, 29)) + month(DATE '2020-02-29')
        date_part('year', DATE '2020-02-29')
        datepart('hour', TIMESTAMP '2020-02-29 05:00:00')
    """)
    s.errors("""
        SELECT make_date(2021, 2, 29)
        SELECT make_timestamp(2020, 13, 1, 0, 0, 0)
        SELECT strptime('abc', '%Y')
        SELECT strptime('2020-02-30', '%Y-%m-%d')
        SELECT strptime('2020', '%Q')
        SELECT try_strptime('2020', '%Q')
        SELECT strftime(DATE '2020-01-01', '%q')
        SELECT date_diff('foo', DATE '2020-01-01', DATE '2020-01-01')
        SELECT time_bucket(INTERVAL '0 days', DATE '2020-01-01')
        SELECT time_bucket(INTERVAL '1 month 1 day', DATE '2020-01-01')
    """)


def conditions(s):
    """IF, TRY and other conditions."""
    words(s)
    s.query("SELECT id, if(n > 1, 'big', 'small') FROM w ORDER BY id")
    s.query("SELECT id, try(CAST(t AS Int)) FROM w ORDER BY id")
    s.query("SELECT id, try(CAST(s AS Date)) FROM w ORDER BY id")
    s.query("SELECT id, try(100 % n) FROM w ORDER BY id")
    s.query("SELECT count(try(CAST(t AS Int))), sum(try(CAST(t AS Int))) FROM w")


def aggregates(s):
    """Aggregates: with NULLs, without rows, with FILTER, DISTINCT and ORDER BY, in groups and in windows."""
    s.table(
        "g",
        "id Int, k String, n Int?, x Float?, s String?",
        """
        1, 'a', 1, 1.5, 'u'
        2, 'a', 2, 2.5, 'v'
        3, 'a', 2, NULL, 'v'
        4, 'a', 3, 7.25, NULL
        5, 'b', NULL, NULL, NULL
        6, 'b', 5, -1.0, 'w'
        7, 'c', NULL, 4.0, 'x'
        8, 'd', 7, 1e10, 'y'
        9, 'd', 7, 0.5, 'x'
        10, 'd', 8, 0.25, 'y'
        11, 'd', 11, 3.5, 'z'
        """,
    )
    calls = [
        "mode(n ORDER BY id)", "mode(s ORDER BY id)", "median(x)", "mad(x)", "mad(n)", "product(n)", "round(entropy(s), 9)", "round(entropy(n), 9)", "round(kurtosis(n), 9)", "round(kurtosis_pop(n), 9)",
        "round(skewness(n), 9)", "round(sem(n), 9)", "round(favg(n), 9)", "fsum(n)", "kahan_sum(n)", "round(weighted_avg(n, id), 9)", "quantile_cont(n, 0.5)",
        "quantile_cont(x, 0.25)", "quantile_disc(n, 0.5)", "quantile_disc(s, 0.5)", "quantile(n, 0.75)", "quantile_disc(x, 1)",
        "quantile_cont(x, 0)", "arg_max(s, n)", "arg_min(s, n)", "arg_max(id, x)", "max_by(id, s)", "min_by(id, s)", "argmax(n, id)",
        "arg_max_null(s, n)", "arg_min_null(x, id)", "bit_and(n)", "bit_or(n)", "bit_xor(n)", "bool_and(n > 1)", "bool_or(n > 5)",
        "count_if(n > 1)", "countif(x > 1)", "any_value(s ORDER BY id)", "first(n ORDER BY id)", "last(n ORDER BY id)", "first(s ORDER BY id DESC)",
        "arbitrary(id ORDER BY id)", "string_agg(s, '-' ORDER BY id)", "group_concat(s ORDER BY id)", "listagg(s, '+' ORDER BY id DESC)",
        "string_agg(DISTINCT s, ',' ORDER BY s)", "regr_count(n, x)", "round(regr_avgx(n, x), 3)", "round(regr_avgy(n, x), 6)", "round(covar_pop(n, x), 3)",
        "len(list(n ORDER BY id))", "array_to_string(array_agg(id ORDER BY id), '|')", "array_to_string(max(n, 2), '|')",
        "array_to_string(min(n, 2), '|')", "array_to_string(arg_max(id, x, 2), '|')", "array_to_string(arg_min(s, id, 3), '|')",
        "array_to_string(quantile_disc(n, [0.25, 0.75]), '|')", "approx_count_distinct(n)", "product(DISTINCT n)",
        "round(entropy(s) FILTER (WHERE id > 2), 9)", "arg_max(id, n) FILTER (WHERE n < 7)", "mode(n) FILTER (WHERE id > 100)",
        "mode(n ORDER BY id DESC)", "percentile_disc(0.5) WITHIN GROUP (ORDER BY n)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY n)",
        "percentile_disc(0.25) WITHIN GROUP (ORDER BY n DESC)", 
        "array_to_string(map_keys(histogram(n)), '|')", "array_to_string(map_values(histogram(s)), '|')",
    ]
    for call in calls:
        ordered = "k"
        s.query(f"SELECT k, {call} FROM (SELECT * FROM g ORDER BY id) GROUP BY k ORDER BY {ordered}")
        s.query(f"SELECT {call} FROM (SELECT * FROM g ORDER BY id) AS g")
        s.query(f"SELECT {call} FROM g WHERE id > 100")
    s.section("In windows.")
    for call in [
        "mode(n)", "arg_max(s, n)", "arg_min(id, x)", "product(n)", "round(entropy(s), 9)", "quantile_cont(x, 0.5)", "quantile_disc(n, 0.5)", "mad(n)",
        "count_if(n > 1)", "round(kurtosis_pop(n), 9)", "first(n)", "last(n)",
    ]:
        for window in ["(ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)", "(PARTITION BY k ORDER BY id)"]:
            over = f"{call} OVER {window}"
            if call.startswith("round("):
                over = f"round({call[6:-4]} OVER {window}, 9)"
            s.query(f"SELECT id, {over} FROM g ORDER BY id")
    s.errors("""
        SELECT quantile_cont(n, 1.5) FROM g
        SELECT max(n, 0) FROM g
        SELECT mode() FROM g
        SELECT product(s) FROM g
        SELECT nth_value(n) OVER (ORDER BY id) FROM g
    """)


FILES = {
    "sql/functions_text": text,
    "sql/functions_distance": distance,
    "sql/functions_pattern": pattern,
    "sql/functions_encoding": encoding,
    "sql/functions_path": path,
    "sql/functions_format": template,
    "sql/functions_number": number,
    "sql/functions_calendar": calendar,
    "sql/functions_conditions": conditions,
    "sql/functions_aggregates": aggregates,
}

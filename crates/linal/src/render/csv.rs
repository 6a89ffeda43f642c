//! Comma-separated values: a header, one row per line, never truncated.

use std::io::{self, Write};

use linal_store::text::CsvLines;
use linal_tensor::Tensor;

use super::flatten::FlatTable;
use super::text;

const LINES: CsvLines = CsvLines::new(b',');

/// Writes a tensor as the columns of its [`FlatTable`].
pub(super) fn tensor(name: &str, tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    let table = FlatTable::new(tensor);
    LINES.names(table.columns(&text::one_line(name)).iter().map(String::as_str), out)?;
    (0..table.rows()).try_for_each(|row| {
        let mut comma = "";
        table.row(row, |cell| write!(out, "{}{cell}", std::mem::replace(&mut comma, ",")))?;
        out.write_all(b"\n")
    })
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::rows::samples;
    use super::*;
    use linal_engine::{Cell, RowSet};
    use linal_store::ColumnType;
    use linal_tensor::{Complex64, Scalar};

    fn check(tensor: &Tensor, expected: &str) {
        let mut out = Vec::new();
        super::tensor("t", tensor, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn tensors_by_rank() {
        let counting = |shape: &[usize]| {
            let len = shape.iter().product::<usize>() as i64;
            Tensor::from_vec((0..len).collect(), shape).unwrap()
        };
        check(&Tensor::scalar(Scalar::F64(0.5)), "t\n0.5\n");
        check(&Tensor::scalar(Scalar::C128(Complex64::new(1.0, -2.0))), "t\n1-2i\n");
        check(&Tensor::from_vec(vec![1.0, f64::NAN], [2]).unwrap(), "t\n1.0\nNaN\n");
        check(&counting(&[0]), "t\n");
        check(&counting(&[2, 3]), "c0,c1,c2\n0,1,2\n3,4,5\n");
        check(&counting(&[2, 3]).transpose(), "c0,c1\n0,3\n1,4\n2,5\n");
        check(&counting(&[2, 1, 2]), "i0,i1,c0,c1\n0,0,0,1\n1,0,2,3\n");
    }

    #[test]
    fn rows_tell_null_from_the_empty_text() {
        let cells = [
            vec![Cell::String(String::new()), Cell::Null],
            vec![Cell::Null, Cell::Int(1)],
            vec![Cell::String("say \"hi\"\n".into()), Cell::Int(2)],
        ];
        let rows = RowSet::from_rows(&[("a,b", ColumnType::String), ("n", ColumnType::Int)], &cells);
        let mut out = Vec::new();
        samples::write(&rows, Format::Csv, &mut out);
        let expected = "\"a,b\",n\n\"\",\n,1\n\"say \"\"hi\"\"\n\",2\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn every_type_has_a_form() {
        let mut out = Vec::new();
        samples::write(&samples::all_types(), Format::Csv, &mut out);
        let expected = "v,m,day,at,price,raw,tags,r,u,s,word,word\n\
            \"[1.5,NaN]\",\"[[1,2],[3,4]]\",2020-02-29,2020-02-29 12:00:00.5,12.30,\\x00\\xFF,\"[\"\"a\"\",null]\",0.1,18446744073709551615,\"{\"\"p\"\":-7}\",x,\"\"\n\
            ,,,,,,,,,,,\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

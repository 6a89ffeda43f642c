//! The HDF5 datatypes that tensors support.

use hdf5_pure::{
    CompoundMember, Datatype, DatatypeByteOrder, EnumMember, FixedPointLayout, FloatingPointLayout,
};

use crate::elements::{Encoding, Format};

/// The encoding of a datatype, or a description of an unsupported one.
pub(crate) fn format(datatype: &Datatype) -> Result<Format, String> {
    match datatype {
        Datatype::FixedPoint { size, byte_order, layout } => integer(*size, *byte_order, layout),
        Datatype::FloatingPoint { size, byte_order, layout } => float(*size, *byte_order, layout),
        Datatype::Enumeration { base_type, members, .. } => truth(base_type, members),
        Datatype::Compound { size, members } => complex(*size, members),
        Datatype::String { .. } | Datatype::VariableLength { is_string: true, .. } => Err("text".into()),
        Datatype::VariableLength { .. } => Err("sequences of various lengths".into()),
        Datatype::Time { .. } => Err("times".into()),
        Datatype::BitField { .. } => Err("bit fields".into()),
        Datatype::Opaque { .. } => Err("raw bytes".into()),
        Datatype::Reference { .. } => Err("references".into()),
        Datatype::Array { .. } => Err("arrays in each element".into()),
        _ => Err("a datatype that is not known".into()),
    }
}

fn big_endian(order: DatatypeByteOrder) -> Result<bool, String> {
    match order {
        DatatypeByteOrder::LittleEndian => Ok(false),
        DatatypeByteOrder::BigEndian => Ok(true),
        DatatypeByteOrder::Vax => Err("numbers in the byte order of the VAX".into()),
    }
}

fn integer(size: u32, order: DatatypeByteOrder, layout: &FixedPointLayout) -> Result<Format, String> {
    let whole = layout.bit_offset == 0 && u32::from(layout.bit_precision) == size.saturating_mul(8);
    let kind = match (size, layout.signed) {
        _ if !whole => return Err("integers that leave bits unused".into()),
        (1, true) => Encoding::I8,
        (2, true) => Encoding::I16,
        (4, true) => Encoding::I32,
        (8, true) => Encoding::I64,
        (1, false) => Encoding::U8,
        (2, false) => Encoding::U16,
        (4, false) => Encoding::U32,
        (8, false) => Encoding::U64,
        (size, _) => return Err(format!("integers of {size} bytes")),
    };
    Ok(Format { kind, big_endian: big_endian(order)? })
}

fn float(size: u32, order: DatatypeByteOrder, layout: &FloatingPointLayout) -> Result<Format, String> {
    // The IEEE 754 layout: sign, exponent and mantissa from the highest bit down, without padding.
    let (kind, mantissa, exponent) = match size {
        2 => (Encoding::F16, 10, 5),
        4 => (Encoding::F32, 23, 8),
        8 => (Encoding::F64, 52, 11),
        size => return Err(format!("floats of {size} bytes")),
    };
    let ieee = layout.bit_offset == 0
        && u32::from(layout.bit_precision) == size * 8
        && (layout.mantissa_location, layout.mantissa_size) == (0, mantissa)
        && (layout.exponent_location, layout.exponent_size) == (mantissa, exponent)
        && layout.exponent_bias == (1 << (exponent - 1)) - 1;
    if ieee {
        Ok(Format { kind, big_endian: big_endian(order)? })
    } else {
        Err(format!("floats of {size} bytes that are not IEEE 754"))
    }
}

/// Booleans are an enumeration of FALSE and TRUE over one byte.
fn truth(base: &Datatype, members: &[EnumMember]) -> Result<Format, String> {
    let is = |name: &str, value: u8| {
        members.iter().any(|member| member.name.eq_ignore_ascii_case(name) && member.value == [value])
    };
    if format(base)?.size() == 1 && members.len() == 2 && is("false", 0) && is("true", 1) {
        Ok(Format { kind: Encoding::Bool, big_endian: false })
    } else {
        Err("an enumeration".into())
    }
}

/// Complex numbers are a compound of two adjacent floats.
fn complex(size: u32, members: &[CompoundMember]) -> Result<Format, String> {
    let records = || "records".to_string();
    let [re, im] = members else { return Err(records()) };
    let named = |member: &CompoundMember, names: [&str; 2]| {
        names.iter().any(|name| member.name.eq_ignore_ascii_case(name))
    };
    if !named(re, ["r", "real"]) || !named(im, ["i", "imag"]) {
        return Err(records());
    }
    let Datatype::FloatingPoint { .. } = re.datatype else { return Err(records()) };
    let part = format(&re.datatype)?;
    let packed =
        (re.byte_offset, im.byte_offset) == (0, part.size() as u64) && size as usize == part.size() * 2;
    let kind = match part.kind {
        _ if !packed || re.datatype != im.datatype => return Err(records()),
        Encoding::F32 => Encoding::C64,
        Encoding::F64 => Encoding::C128,
        _ => return Err("complex numbers of half precision".into()),
    };
    Ok(Format { kind, ..part })
}

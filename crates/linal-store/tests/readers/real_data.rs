//! Shared real data, when available.

use linal_store::{TableOptions, hdf5_datasets, read_csv, read_hdf5};
use linal_tensor::DType;

use crate::support::{describe, numbers, read, shared};

fn columns(names: &[&str]) -> TableOptions {
    TableOptions {
        fields: Some(names.iter().map(|name| name.to_string()).collect()),
        ..TableOptions::default()
    }
}

#[test]
fn digits() {
    let Some(path) = shared("digits/digits.csv.gz") else { return };
    let digits = read(|context| read_csv(&path, &TableOptions::default(), context)).unwrap();
    assert_eq!((digits.shape().dims(), digits.dtype()), ([1797, 65].as_slice(), DType::I64));
    let values = digits.to_vec::<i64>();
    assert_eq!(&values[..6], [0, 0, 5, 13, 9, 1]);
    assert_eq!(values.iter().sum::<i64>(), 569_788);
}

#[test]
fn iris_has_an_odd_header() {
    let Some(path) = shared("iris.csv") else { return };
    let iris = read(|context| read_csv(&path, &TableOptions::default(), context)).unwrap();
    assert_eq!((iris.shape().dims(), iris.dtype()), ([150, 5].as_slice(), DType::F64));
    assert_eq!(&iris.to_vec::<f64>()[..5], [5.1, 3.5, 1.4, 0.2, 0.0]);
}

#[test]
fn weather_by_columns() {
    let Some(path) = shared("weather/seattle-weather.csv") else { return };
    let days = read(|context| read_csv(&path, &columns(&["temp_max", "temp_min"]), context)).unwrap();
    assert_eq!(days.shape().dims(), [1461, 2]);
    assert_eq!(&days.to_vec::<f64>()[..4], [12.8, 5.0, 10.6, 2.8]);
    let wind = read(|context| read_csv(&path, &columns(&["WIND"]), context)).unwrap();
    assert_eq!(wind.shape().dims(), [1461]);
    let all = describe(read(|context| read_csv(&path, &TableOptions::default(), context)));
    assert!(all.ends_with(
        "line 2, column `date`: `2012/01/01` is not a number (columns of numbers can be chosen: columns => 'precipitation,temp_max,temp_min,wind')"
    ));
}

#[test]
fn gravitational_wave() {
    let Some(path) = shared("gw/GW150914_H1.hdf5") else { return };
    let strain = read(|context| read_hdf5(&path, "strain/Strain", context)).unwrap();
    assert_eq!((strain.shape().dims(), strain.dtype()), ([131_072].as_slice(), DType::F64));
    let (_, values) = numbers(&strain);
    let largest = values.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    assert!(1e-20 < largest && largest < 1e-17, "{largest}");
    let names = hdf5_datasets(&path).unwrap();
    assert!(names.iter().any(|name| name == "strain/Strain"));
    let wrong = describe(read(|context| read_hdf5(&path, "strain/strian", context)));
    assert!(wrong.ends_with("(did you mean `strain/Strain`?)"), "{wrong}");
}

#[test]
fn template() {
    let Some(path) = shared("gw/chirp_template_1s.h5") else { return };
    for name in hdf5_datasets(&path).unwrap() {
        let tensor = read(|context| read_hdf5(&path, &name, context)).unwrap();
        assert!(!tensor.is_empty(), "{name}");
    }
}

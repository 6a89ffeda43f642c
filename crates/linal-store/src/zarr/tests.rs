use super::chunk::Geometry;
use super::metadata::ChunkKeys;
use super::v3;
use serde_json::json;

#[test]
fn keys_of_chunks() {
    let path = |prefix, separator, index: &[usize]| ChunkKeys { prefix, separator }.path(index);
    assert_eq!(path(true, '/', &[1, 0]), "c/1/0");
    assert_eq!(path(true, '.', &[1, 0]), "c.1.0");
    assert_eq!(path(false, '.', &[1, 0]), "1.0");
    assert_eq!(path(true, '/', &[]), "c");
    assert_eq!(path(false, '/', &[]), "0");
}

/// Copies all chunks of an array that has the numbers of its positions, stored by the naive definition.
#[track_caller]
fn check(dims: &[usize], chunk_dims: &[usize], order: &[usize]) {
    let geometry = Geometry::new(dims, chunk_dims, order, 1);
    let place = |index: &[usize]| index.iter().zip(dims).fold(0, |place, (at, dim)| place * dim + at);
    let mut found = Vec::new();
    for first in 0..geometry.chunks(0) {
        let mut rows = vec![255; geometry.rows(first) * geometry.row_bytes()];
        for index in indices(&(1..dims.len()).map(|axis| geometry.chunks(axis)).collect::<Vec<_>>()) {
            let index = [vec![first], index].concat();
            let mut chunk = Vec::new();
            let stored: Vec<usize> = order.iter().map(|&axis| chunk_dims[axis]).collect();
            for within in indices(&stored) {
                let mut at = vec![0; dims.len()];
                order.iter().zip(&within).for_each(|(&axis, &value)| at[axis] = value);
                let at: Vec<usize> =
                    (0..dims.len()).map(|axis| index[axis] * chunk_dims[axis] + at[axis]).collect();
                let inside = at.iter().zip(dims).all(|(at, dim)| at < dim);
                chunk.push(if inside { place(&at) as u8 } else { 254 });
            }
            geometry.copy(&index, &chunk, &mut rows);
        }
        found.extend(rows);
    }
    let expected: Vec<u8> = (0..dims.iter().product::<usize>() as u8).collect();
    assert_eq!(found, expected, "{dims:?} in {chunk_dims:?} by {order:?}");
}

fn indices(dims: &[usize]) -> Vec<Vec<usize>> {
    dims.iter().fold(vec![Vec::new()], |all, &dim| {
        all.iter().flat_map(|index| (0..dim).map(|at| [index.clone(), vec![at]].concat())).collect()
    })
}

#[test]
fn chunks_are_copied_to_their_places() {
    check(&[5], &[2], &[0]);
    check(&[5, 7], &[2, 3], &[0, 1]);
    check(&[5, 7], &[2, 3], &[1, 0]);
    check(&[3, 4, 5], &[2, 2, 2], &[0, 1, 2]);
    for order in [[2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]] {
        check(&[3, 4, 5], &[2, 3, 4], &order);
        check(&[3, 4, 5], &[9, 9, 9], &order);
    }
}

#[test]
fn metadata_that_are_refused() {
    let good = json!({
        "shape": [3], "data_type": "float64",
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": [2] } },
        "fill_value": 0.0, "codecs": [{ "name": "bytes", "configuration": { "endian": "little" } }],
    });
    assert!(v3::array("`z`", &good).is_ok());
    let wrong = |name: &str, value: serde_json::Value| {
        let mut changed = good.clone();
        changed[name] = value;
        v3::array("`z`", &changed).unwrap_err().to_string()
    };
    assert_eq!(
        wrong("data_type", json!("string")),
        "`z` has the data type `string`, and a tensor holds numbers"
    );
    assert_eq!(wrong("shape", json!([-1])), "`z` is damaged: `shape` is no list of sizes");
    assert_eq!(wrong("shape", json!([3, 3])), "`z` is damaged: chunks of the shape [2] do not divide [3, 3]");
    assert_eq!(wrong("codecs", json!([])), "`z` is damaged: it has no codec `bytes`");
    assert_eq!(
        wrong("codecs", json!([{ "name": "sharding_indexed" }])),
        "`z` has the codec `sharding_indexed`, which is not read"
    );
    assert_eq!(
        wrong("codecs", json!(["bytes", { "name": "lz4" }])),
        "`z` has the codec `lz4`, which is not read"
    );
    assert_eq!(
        wrong("codecs", json!([{ "name": "transpose", "configuration": { "order": [0, 0] } }, "bytes"])),
        "`z` is damaged: a transposition is no order of its axes"
    );
    assert_eq!(
        wrong("chunk_grid", json!({ "name": "rectangular" })),
        "`z` has chunks in a grid `rectangular`, which is not read"
    );
    assert_eq!(wrong("fill_value", json!("x")), "`z` is damaged: its `fill_value` is none of its data type");
}

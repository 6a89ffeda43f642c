//! GW150914 from the raw strain, by a script.

use linal_tensor::Scalar;

use crate::{session, workspace};

const SCRIPT: &str = "
    LET strain = READ_HDF5('${data}/GW150914_${detector}.hdf5', 'strain/Strain')
    LET chirp = READ_HDF5('${data}/chirp_template_1s.h5', 'template')
    LET white = WHITEN strain WITH (PSD strain WINDOW 16384 RATE 4096)
    LET fit = ABS(MATCHED_FILTER (BANDPASS white FROM 35 TO 350 WITH RATE 4096) WITH chirp)[8192:131072 - 8192]
    LET time = (8192 + ARGMAX fit + ARGMAX(ABS(chirp))) / 4096
    LET loudness = MAX fit / STDEV fit";

#[test]
fn the_merger_is_found_in_both_detectors() {
    // The strain is too large for the repository; it lies beside the workspace where it was fetched.
    let data = workspace("../shared/data/gw");
    if !std::path::Path::new(&data).exists() {
        eprintln!("skipped: there is no strain in ../shared/data/gw");
        return;
    }
    for (detector, least) in [("H1", 8.0), ("L1", 6.0)] {
        let mut session = session();
        session.set_variable("data", &data);
        session.set_variable("detector", detector);
        for statement in SCRIPT.trim().lines() {
            session
                .execute(statement)
                .unwrap_or_else(|error| panic!("{}", error.render(statement, None, false)));
        }
        let mut number = |name: &str| session.tensor(name).unwrap().item().map_or(f64::NAN, Scalar::to_f64);
        let (time, loudness) = (number("time"), number("loudness"));
        // An independent computation with SciPy finds 15.41 and 15.42 s.
        assert!((15.40..=15.43).contains(&time), "{detector} merges at {time} s");
        assert!(loudness > least, "{detector} has {loudness} standard deviations");
    }
}

//! Writes packages.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::verify::HAS_SUMS;
use super::{DATA, DESCRIPTIONS, FORMAT, MANIFEST, Package, SUMS, sums};
use crate::error::{ReadError, Result};
use crate::table::{TableFormat, TableWriter};

/// Makes the temporary names of one process distinct.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Writes a package to a folder, which replaces a package that is there. It is written beside the folder, synced,
/// and renamed, so that a reader sees the old one or the new one.
///
/// # Errors
/// A folder that is something else than a package; a file that cannot be written.
pub fn write(folder: &Path, package: &Package) -> Result<()> {
    write_rows(folder, package, package.batches.iter().cloned().map(Ok))
}

/// As [`write()`], with rows that are made one batch after the other instead of those of the package, so that they may be
/// more than fit into memory.
///
/// # Errors
/// As [`write()`], and those of the rows.
pub fn write_rows(
    folder: &Path,
    package: &Package,
    rows: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<()> {
    let place = folder.display().to_string();
    if folder.exists() && !folder.join(MANIFEST).is_file() {
        return Err(ReadError::bad_format(format!("'{place}' is no package, and is not replaced")));
    }
    let temporary = Temporary::beside(folder);
    let failed = |error: io::Error| ReadError::io(format!("'{place}' cannot be written: {error}"));
    fs::create_dir_all(&temporary.0).map_err(failed)?;
    let data = temporary.0.join(DATA);
    let mut writer = TableWriter::create(&data, TableFormat::from_path(&data)?, &package.schema)?;
    let mut count = 0;
    for batch in rows {
        let batch = batch?;
        count += batch.num_rows();
        writer.write(&batch)?;
    }
    writer.finish()?;
    let mut files = Map::new();
    files.insert(DATA.to_string(), described_file(&data).map_err(failed)?);
    for (name, value) in DESCRIPTIONS.into_iter().zip([&package.columns, &package.stats, &package.lineage]) {
        let text = pretty(value);
        write_synced(&temporary.0.join(name), text.as_bytes()).map_err(failed)?;
        files.insert(name.to_string(), described(text.as_bytes()));
    }
    let manifest = json!({
        "format": FORMAT,
        "name": package.name,
        "rows": count,
        "version": package.version,
        "metadata": package.metadata,
        "files": files,
        HAS_SUMS: SUMS,
    });
    let manifest = pretty(&manifest);
    write_synced(&temporary.0.join(MANIFEST), manifest.as_bytes()).map_err(failed)?;
    let sum = sums::line(MANIFEST, manifest.as_bytes());
    write_synced(&temporary.0.join(SUMS), sum.as_bytes()).map_err(failed)?;
    replace(folder, &temporary).map_err(failed)
}

/// A folder under a temporary name, which is removed if it is still there at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(folder: &Path) -> Temporary {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Temporary(folder.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn replace(folder: &Path, new: &Temporary) -> io::Result<()> {
    let old = Temporary::beside(folder);
    if folder.exists() {
        fs::rename(folder, &old.0)?;
    }
    fs::rename(&new.0, folder)?;
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn described(bytes: &[u8]) -> Value {
    json!({ "bytes": bytes.len(), "sha256": sha256(bytes) })
}

/// As [`described`] for a file, which is read in pieces.
fn described_file(path: &Path) -> io::Result<Value> {
    let mut file = fs::File::open(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(json!({ "bytes": bytes, "sha256": hexadecimal(&hash.finalize()) })),
            read => {
                hash.update(&block[..read]);
                bytes += read;
            }
        }
    }
}

/// The SHA-256 of bytes as text.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

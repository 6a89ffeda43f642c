//! The memory available to the process, for the default of `memory_limit`.

use std::fs::read_to_string;
use std::path::Path;

/// Four fifths of the machine's memory or of the control group's limit, whichever is less; no limit if the
/// system reports neither.
pub(crate) fn default_limit() -> usize {
    limit_below(Path::new("/"))
}

/// The limit for system files below another root, for tests.
fn limit_below(root: &Path) -> usize {
    [machine(root), group(root)].into_iter().flatten().min().map_or(usize::MAX, |bytes| bytes / 5 * 4)
}

fn machine(root: &Path) -> Option<usize> {
    let text = read_to_string(root.join("proc/meminfo")).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    rest.trim().trim_end_matches(" kB").parse::<usize>().ok()?.checked_mul(1024)
}

/// The lowest limit of the control groups of the process. A group is also bound by its ancestors. Within a
/// container the paths of `/proc/self/cgroup` may be those outside of it, while its own group is mounted as
/// the root; so every path is followed up to the root, and missing files are ignored.
fn group(root: &Path) -> Option<usize> {
    let groups = read_to_string(root.join("proc/self/cgroup")).ok()?;
    let limits = groups.lines().filter_map(|line| {
        // `0::/path` in version 2, `4:memory:/path` in version 1.
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let (mount, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let mount = root.join(mount);
        let relative = Path::new(path.trim_start_matches('/'));
        relative.ancestors().filter_map(|group| bytes(&mount.join(group).join(file))).min()
    });
    limits.min()
}

/// The number in a file; `None` for `max`, which means no limit. Version 1 writes a number larger than any
/// memory for no limit.
fn bytes(file: &Path) -> Option<usize> {
    read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes files below a temporary directory and returns the resulting limit.
    fn limit(name: &str, files: &[(&str, &str)]) -> usize {
        let root = std::env::temp_dir().join(format!("linal-memory-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let limit = limit_below(&root);
        std::fs::remove_dir_all(&root).unwrap();
        limit
    }

    const MEMORY: (&str, &str) = ("proc/meminfo", "MemTotal:       1000 kB\nMemFree:  500 kB\n");

    #[test]
    fn a_machine_without_groups_gives_four_fifths() {
        assert_eq!(limit("plain", &[MEMORY]), 1_024_000 / 5 * 4);
        assert_eq!(limit("silent", &[("proc/version", "")]), usize::MAX);
    }

    #[test]
    fn the_tightest_group_around_the_process_counts() {
        let group = ("proc/self/cgroup", "0::/a/b\n");
        let files = [MEMORY, group, ("sys/fs/cgroup/a/b/memory.max", "max\n")];
        assert_eq!(limit("max", &files), 1_024_000 / 5 * 4);
        let files = [MEMORY, group, ("sys/fs/cgroup/a/memory.max", "500000\n"), files[2]];
        assert_eq!(limit("parent", &files), 400_000);
        // A container sees its own group as the root.
        assert_eq!(limit("root", &[MEMORY, group, ("sys/fs/cgroup/memory.max", "100000")]), 80_000);
    }

    #[test]
    fn version_1_has_a_file_of_its_own() {
        let group = ("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x\n");
        let files = [MEMORY, group, ("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "200000\n")];
        assert_eq!(limit("v1", &files), 160_000);
        let none = ("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(limit("v1-none", &[MEMORY, group, none]), 1_024_000 / 5 * 4);
    }
}

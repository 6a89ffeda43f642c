//! No code: the manifest gives the dependencies that packages share the same features in every build.

//! Suggestions for misspelt names.

use linal_error::suggest::nearest;

#[test]
fn near_and_far() {
    let names = ["LET", "SHOW", "SELECT", "embedding", "embeddings", "NORMALIZE"];
    assert_eq!(nearest("LTE", names), Some("LET"));
    assert_eq!(nearest("shwo", names), Some("SHOW"));
    assert_eq!(nearest("selct", names), Some("SELECT"));
    assert_eq!(nearest("Embeding", names), Some("embedding"));
    assert_eq!(nearest("norm", names), Some("NORMALIZE"));
    assert_eq!(nearest("xyz", names), None);
    assert_eq!(nearest("a", ["b", "c"]), None);
    assert_eq!(nearest("", names), None);
    assert_eq!(nearest("embedings", names), Some("embeddings"));
}

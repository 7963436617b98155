//! `[privacy]`.

use super::{SOUND, config, only_problem};
use std::fs;
use tempfile::TempDir;

/// Files with keys, and the config's text that names them.
fn with_keys(section: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, key) in [("old", "the key of last year"), ("new", "the key of this year"), ("short", "a key")]
    {
        fs::write(folder.path().join(name), key).unwrap();
    }
    let section = section.replace("@", &format!("{}/", folder.path().display()));
    let text = format!("{SOUND}[privacy]\n{section}\n");
    (folder, text)
}

#[test]
fn a_key_alone_makes_the_pseudonyms_that_it_always_made() {
    let (_folder, text) = with_keys("key_file = \"@old\"");
    let keys = config(&text, &[]).privacy_keys.unwrap();
    assert_eq!(keys.current.bytes, b"the key of last year");
    assert!(keys.current.id.is_none() && keys.previous.is_none());
}

#[test]
fn a_key_may_have_an_id_and_one_before_it() {
    let (_folder, text) = with_keys("key_file = \"@new\"\nkey_id = \"2027\"\nprevious_key_file = \"@old\"");
    let keys = config(&text, &[]).privacy_keys.unwrap();
    assert_eq!(keys.current.id.as_deref(), Some("2027"));
    let previous = keys.previous.unwrap();
    assert_eq!((previous.bytes, previous.id), (b"the key of last year".to_vec(), None));
}

#[test]
fn keys_that_make_no_sense_together_are_refused() {
    for (section, key) in [
        ("key_id = \"2027\"", "privacy.key_id"),
        ("key_file = \"@new\"\nkey_id = \"20:27\"", "privacy.key_id"),
        ("key_file = \"@none\"", "privacy.key_file"),
        ("previous_key_file = \"@old\"", "privacy.previous_key_file"),
        ("key_file = \"@new\"\nprevious_key_id = \"2026\"", "privacy.previous_key_id"),
        ("key_file = \"@new\"\nkey_id = \"2027\"\nprevious_key_file = \"@new\"", "privacy.previous_key_file"),
        (
            "key_file = \"@new\"\nkey_id = \"2027\"\nprevious_key_file = \"@short\"",
            "privacy.previous_key_file",
        ),
        ("key_file = \"@new\"\nprevious_key_file = \"@old\"", "privacy.key_id"),
        (
            "key_file = \"@new\"\nkey_id = \"1\"\nprevious_key_file = \"@old\"\nprevious_key_id = \"1\"",
            "privacy.key_id",
        ),
    ] {
        let (_folder, text) = with_keys(section);
        let problem = only_problem(&text, &[]);
        assert_eq!(problem.key, key, "{section}");
        assert!(!problem.fix.is_empty() && !problem.to_string().contains("the key of"), "{problem}");
    }
}

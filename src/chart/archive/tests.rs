use crate::chart::archive::*;
use crate::chart::source::MOST_BYTES;
use crate::chart::source::MOST_FILES;

const BLOCK: usize = tar::BLOCK;

/// An entry: name, content, kind.
type Entry<'a> = (&'a str, &'a [u8], u8);

const WEB: [Entry<'_>; 2] = [("web/", b"", b'5'), ("web/Chart.yaml", b"name: web\n", b'0')];

fn header(name: &[u8], size: usize, kind: u8) -> Vec<u8> {
    let mut block = vec![0; BLOCK];
    block[..name.len()].copy_from_slice(name);
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[148..156].fill(b' ');
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn open(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, content, kind) in entries {
        tar.extend(header(name.as_bytes(), content.len(), *kind));
        tar.extend(*content);
        tar.resize(tar.len().div_ceil(BLOCK) * BLOCK, 0);
    }
    tar
}

fn closed(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = open(entries);
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

/// Deflated as `gzip` does, with a name in its header.
fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut member = flate2::GzBuilder::new().filename("web.tar").write(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut member, bytes).unwrap();
    member.finish().unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], why: &str) {
    match files(bytes) {
        Err(Fault::Invalid(said)) => assert!(said.contains(why), "{said}, not {why}"),
        other => panic!("{why}: {other:?}"),
    }
}

#[test]
fn files_have_their_path_in_the_chart() {
    let long = format!("web/{}", "x".repeat(120));
    let tar = closed(&[
        ("pax_global_header", b"52 comment=0123456789012345678901234567890123456789\n", b'g'),
        WEB[0],
        WEB[1],
        ("././@LongLink", long.as_bytes(), b'L'),
        ("web/short", b"a", b'0'),
        ("pax", "30 mtime=1700000000.123456789\n30 path=web/templates/\u{e9}.yaml\n".as_bytes(), b'x'),
        ("web/b", b"b", b'7'),
        ("web/old", b"", 0),
    ]);
    let names = ["Chart.yaml", "old", "templates/\u{e9}.yaml", &"x".repeat(120)];
    assert_eq!(files(&zipped(&tar)).unwrap().into_keys().collect::<Vec<_>>(), names);
    // Members that follow each other are one file, wherever they were divided, and zeros may follow.
    for at in [BLOCK, 700, 3 * BLOCK] {
        let members = [zipped(&tar[..at]), gzip::store(&tar[at..]), vec![0; 99]].concat();
        assert_eq!(files(&members).unwrap().into_keys().collect::<Vec<_>>(), names);
    }
}

#[test]
fn what_is_packed_is_what_was_read() {
    let files_of = [("Chart.yaml", 10), (&*"a/".repeat(60), 70_000), ("z", 65_535), ("empty", 0), (".hidden", 512)];
    let all: BTreeMap<String, Vec<u8>> =
        files_of.iter().map(|(path, size)| (format!("{path}x"), vec![b'a'; *size])).collect();
    let packed = pack(&all);
    assert_eq!(files(&packed).unwrap(), all);
    assert_eq!(pack(&BTreeMap::new()).len(), 10 + 5 + 2 * BLOCK + 8);
}

#[test]
fn what_may_be_read_in_different_ways_is_refused() {
    let with = |entry: Entry<'_>| zipped(&closed(&[WEB[0], WEB[1], entry]));
    refused(&with(("web/../../x", b"", b'0')), "leads out of it");
    refused(&with(("web//x", b"", b'0')), "not a plain one");
    refused(&with(("web/./x", b"", b'0')), "not a plain one");
    refused(&with(("/etc/x", b"", b'0')), "leads out of it");
    refused(&with(("../x", b"", b'0')), "leads out of it");
    refused(&with(("other/x", b"", b'0')), "several folders");
    refused(&with(("x", b"", b'0')), "`x` in it is in no folder");
    refused(&with(("web/a\\b", b"", b'0')), "has a backslash");
    refused(&with(("web/x", b"", b'2')), "`web/x` in it is a link");
    refused(&with(("web/x", b"", b'1')), "a link");
    for kind in *b"346SVQ" {
        refused(&with(("web/x", b"", kind)), "neither a file nor a folder");
    }
    refused(&with(WEB[1]), "`web/Chart.yaml` is in it twice");
    refused(&with(("web/Chart.yaml/x", b"", b'0')), "`Chart.yaml` in it is a file and a folder");
    let after = |kind: u8, said: &[u8]| zipped(&closed(&[WEB[1], ("h", said, kind), ("web/x", b"", b'2')]));
    let long = "y".repeat(200);
    refused(&after(b'L', format!("web/{long}\0").as_bytes()), &long);
    refused(&after(b'K', long.as_bytes()), "`web/x` in it is a link");
    refused(&after(b'x', b"10 size=2\n"), "sets a size");
    refused(&after(b'x', b"22 GNU.sparse.major=1\n"), "sparse");
    refused(&after(b'L', b"web/\xff"), "is not UTF-8");
    refused(&after(b'L', "x/".repeat(4000).as_bytes()), "longer than 4096 bytes");
    for damaged in [&b"x"[..], b"3 a=b\n", b"99 a=b\n", b"-1 a=b\n", b"5 abc", b"0 a=b\n", b"5 ab\n"] {
        refused(&after(b'x', damaged), "a pax header in it is damaged");
    }
}

#[test]
fn damaged_archives_are_refused() {
    let tar = closed(&[WEB[0], WEB[1], ("web/x", b"abc", b'0')]);
    let sound = zipped(&tar);
    for (bytes, why) in [
        (&b""[..], "it is empty"),
        (b"PK\x03\x04", "not a gzip file"),
        (b"<html>404</html>", "not a gzip file"),
        (&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0, 9], "ends too early"),
        (&sound[..sound.len() - 1], "ends too early"),
        (&sound[..sound.len() - 20], "ends too early"),
        (&[&sound[..], b"junk"].concat(), "something behind its end"),
        (&[&sound[..sound.len() - 8], &[0; 8]].concat(), "it is damaged"),
        (&zipped(&[&tar[..], &tar].concat()), "something behind the end of its list"),
        (&[&sound[..], &sound].concat(), "something behind the end of its list"),
        (&zipped(&tar[..BLOCK + 9]), "ends too early"),
        (&zipped(&tar[..2 * BLOCK + 3]), "ends in the middle of a file"),
        (&zipped(&open(&WEB)), "the end of its list of files is missing"),
    ] {
        refused(bytes, why);
    }
    for at in [0, 124, 148, 156] {
        let mut other = tar.clone();
        other[BLOCK + at] ^= 1;
        refused(&zipped(&other), "a header in it is damaged");
    }
    // Sizes in binary are for files that no chart has.
    let mut huge = header(b"web/x", 0, b'0');
    huge[124..136].copy_from_slice(&[0xff; 12]);
    refused(&zipped(&[&huge[..], &[0; 2 * BLOCK]].concat()), "a header in it is damaged");
}

#[test]
fn what_is_too_much_is_refused() {
    // A stored block cannot be a bomb; a long run of zeros can.
    let zeros = vec![0; (MOST_BYTES as usize) + MOST_FILES * 2 * BLOCK + 1];
    let too_large = |bytes: &[u8], why: &str| match files(bytes) {
        Err(Fault::TooLarge(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{:?}", other.map(|files| files.len())),
    };
    too_large(&zipped(&zeros), "unpacks to more than 64 MiB");
    too_large(&[zipped(&zeros[..zeros.len() / 2]), zipped(&zeros[..zeros.len() / 2 + 9])].concat(), "more than 64 MiB");
    let names: Vec<String> = (0..=MOST_FILES).map(|at| format!("web/{at}")).collect();
    let many: Vec<Entry<'_>> = names.iter().map(|name| (&**name, &b""[..], b'0')).collect();
    too_large(&zipped(&closed(&many)), "more than 10000 files");
}

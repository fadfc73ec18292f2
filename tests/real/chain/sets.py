"""The sets of manifests that the chain is asked about, by name:

    out/RENDER, golden/CASE, check/FOLDER   folders of this repository: renders, golden cases, fixtures of `check`
    corpus/MUTATION                         a mutation of tests/real/verdict/corpus

A folder is a set if it has a ProxyDefaults: without one there is nothing to see. A mutation is made of a render, so its
record holds its files (records.py), and `folder` writes those.
"""

import hashlib
import os
import sys
from pathlib import Path

from manifests import Manifests, files

REPO = Path(os.environ.get("REPO", Path(__file__).resolve().parents[3]))
VERDICT = REPO / "tests/real/verdict"
PLACES = {
    "out": (REPO / "out", "*"),
    "golden": (REPO / "tests/golden", "*/expected"),
    "check": (REPO / "tests/check", "guide"),
    "check/healthy": (REPO / "tests/check/healthy", "*"),
    "check/rules": (REPO / "tests/check/rules", "*/*"),
}


def in_repository():
    """{name: folder}"""
    found = {}
    for place, (root, pattern) in PLACES.items():
        for folder in sorted(root.glob(pattern)):
            name = str(folder.relative_to(root)).removesuffix("/expected")
            if folder.is_dir() and Manifests(folder).of("ProxyDefaults"):
                found[f"{place}/{name}"] = folder
    return found


def of_corpus(work):
    """{name: folder} of the mutations and {name: files} of the renders that are mutated, all written below `work`.
    Needs MESHTRACE, which renders."""
    sys.path.insert(0, str(VERDICT))
    import corpus
    import directories

    bases = {each.base: None for each in corpus.MUTATIONS}
    for base in bases:
        bases[base] = directories.render(work, base)
    found = {}
    for each in corpus.MUTATIONS:
        setup = corpus.Setup(*bases[each.base])
        each.edit(setup)
        found[f"corpus/{each.name}"] = work / "corpus" / each.name
        directories.write(setup, found[f"corpus/{each.name}"])
    plain = {}
    for (profiles, settings), render in bases.items():
        name = " ".join([profiles, *settings])
        directories.write(corpus.Setup(*render), work / "plain" / name)
        plain[name] = texts(work / "plain" / name)
    return found, plain


def texts(folder):
    """{path: text} of what `check` reads of a folder."""
    return {str(path.relative_to(folder)): path.read_text() for path in files(folder)}


def write(folder, contents):
    for path, text in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def digest(contents):
    lines = [f"{path}\0{text}\0" for path, text in sorted(contents.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]

//! Patterns of CustomResourceDefinitions: regular expressions of Go's RE2 syntax, found anywhere in the text.
//!
//! Covers what schemas use: literals, classes, groups, alternatives, repetition, anchors. A pattern with anything else, and
//! one that takes too many steps, fits every text: what is not certain is not reported.

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: Box<str>,
    root: Node,
}

#[derive(Debug)]
enum Node {
    Empty,
    Class { ranges: Vec<(char, char)>, negated: bool },
    Start,
    End,
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat { node: Box<Node>, least: usize, most: usize },
}

/// Steps after which a match is given up.
const STEPS: usize = 200_000;
/// How deep groups may nest.
const DEPTH: usize = 50;

impl Pattern {
    /// Compiles a pattern; `None` for what is not covered.
    pub(crate) fn read(source: &str) -> Option<Pattern> {
        let mut reader = Reader { rest: source.chars().collect(), at: 0, depth: 0 };
        let root = reader.either()?;
        (reader.at == reader.rest.len()).then(|| Pattern { source: source.into(), root })
    }

    /// As it was written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether it is found in the text, or that cannot be decided.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let mut run = Run { chars: &chars, steps: STEPS };
        let starts = if matches!(&self.root, Node::Sequence(all) if matches!(all.first(), Some(Node::Start))) {
            0
        } else {
            chars.len()
        };
        (0..=starts).any(|start| run.go(&self.root, start, &mut |_, _| true)) || run.steps == 0
    }
}

struct Run<'t> {
    chars: &'t [char],
    steps: usize,
}

impl Run<'_> {
    /// Whether the node matches from `at` on and `then` goes on behind it.
    fn go(&mut self, node: &Node, at: usize, then: &mut dyn FnMut(&mut Self, usize) -> bool) -> bool {
        if self.steps == 0 {
            return false;
        }
        self.steps -= 1;
        match node {
            Node::Empty => then(self, at),
            Node::Start => at == 0 && then(self, at),
            Node::End => at == self.chars.len() && then(self, at),
            Node::Class { ranges, negated } => match self.chars.get(at) {
                Some(c) if ranges.iter().any(|(first, last)| (first..=last).contains(&c)) != *negated => {
                    then(self, at + 1)
                }
                _ => false,
            },
            Node::Sequence(nodes) => self.sequence(nodes, at, then),
            Node::Either(nodes) => nodes.iter().any(|node| self.go(node, at, then)),
            Node::Repeat { node, least, most } => match **node {
                // Without this, the steps of a long text would be calls inside each other.
                Node::Class { .. } => self.run_of(node, *least, *most, at, then),
                _ => self.repeat(node, *least, *most, at, then),
            },
        }
    }

    fn sequence(&mut self, nodes: &[Node], at: usize, then: &mut dyn FnMut(&mut Self, usize) -> bool) -> bool {
        match nodes {
            [] => then(self, at),
            [first, rest @ ..] => self.go(first, at, &mut |run, at| run.sequence(rest, at, then)),
        }
    }

    fn run_of(
        &mut self,
        node: &Node,
        least: usize,
        most: usize,
        at: usize,
        then: &mut dyn FnMut(&mut Self, usize) -> bool,
    ) -> bool {
        let mut end = at;
        while end - at < most && self.go(node, end, &mut |_, _| true) {
            end += 1;
        }
        (at + least <= end) && (at + least..=end).rev().any(|end| then(self, end))
    }

    fn repeat(
        &mut self,
        node: &Node,
        least: usize,
        most: usize,
        at: usize,
        then: &mut dyn FnMut(&mut Self, usize) -> bool,
    ) -> bool {
        // Calls nest once for each time it matches: longer texts are not decided.
        if self.chars.len() > 2_000 {
            self.steps = 0;
            return false;
        }
        let more = most > 0
            && self.go(node, at, &mut |run, next| {
                next > at && run.repeat(node, least.saturating_sub(1), most - 1, next, then)
            });
        more || least == 0 && then(self, at)
    }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        self.at += usize::from(is);
        is
    }

    fn either(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let mut all = vec![self.sequence()?];
        while self.take('|') {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Some(if all.len() == 1 { all.remove(0) } else { Node::Either(all) })
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut all = Vec::new();
        while let Some(next) = self.peek().filter(|next| !matches!(next, '|' | ')')) {
            self.at += 1;
            let node = self.atom(next)?;
            all.push(self.repeated(node)?);
        }
        Some(Node::Sequence(all))
    }

    fn atom(&mut self, first: char) -> Option<Node> {
        let one = |c: char| Node::Class { ranges: vec![(c, c)], negated: false };
        Some(match first {
            '^' => Node::Start,
            '$' => Node::End,
            '.' => Node::Class { ranges: vec![('\n', '\n')], negated: true },
            '(' => {
                if self.take('?') && !self.take(':') {
                    return None;
                }
                let inner = self.either()?;
                if !self.take(')') {
                    return None;
                }
                inner
            }
            '[' => self.class()?,
            '\\' => {
                let escaped = self.peek()?;
                self.at += 1;
                match escaped {
                    'A' => Node::Start,
                    'z' => Node::End,
                    _ => {
                        let (ranges, negated) = escape(escaped)?;
                        Node::Class { ranges, negated }
                    }
                }
            }
            '*' | '+' | '?' | '{' => return None,
            c => one(c),
        })
    }

    fn repeated(&mut self, node: Node) -> Option<Node> {
        let (least, most) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let end = self.rest[self.at..].iter().position(|c| *c == '}')? + self.at;
                let text: String = self.rest[self.at + 1..end].iter().collect();
                self.at = end;
                match text.split_once(',') {
                    None => {
                        let count = text.parse().ok()?;
                        (count, count)
                    }
                    Some((least, "")) => (least.parse().ok()?, usize::MAX),
                    Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
                }
            }
            _ => return Some(node),
        };
        self.at += 1;
        // Lazy repetition finds the same texts.
        self.take('?');
        if matches!(self.peek(), Some('*' | '+' | '{')) {
            return None;
        }
        let node = if matches!(node, Node::Start | Node::End) { Node::Empty } else { node };
        Some(Node::Repeat { node: Box::new(node), least, most })
    }

    fn class(&mut self) -> Option<Node> {
        let negated = self.take('^');
        let mut ranges: Vec<(char, char)> = Vec::new();
        let mut is_first = true;
        loop {
            let c = self.peek()?;
            self.at += 1;
            let first = match c {
                ']' if !is_first => break,
                '[' if self.peek() == Some(':') => return None,
                '\\' => {
                    let escaped = self.peek()?;
                    self.at += 1;
                    match escape(escaped)? {
                        (found, false) if found.len() == 1 && found[0].0 == found[0].1 => found[0].0,
                        (found, false) => {
                            ranges.extend(found);
                            is_first = false;
                            continue;
                        }
                        _ => return None,
                    }
                }
                c => c,
            };
            is_first = false;
            let is_range = self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|c| *c != ']');
            if !is_range {
                ranges.push((first, first));
                continue;
            }
            self.at += 1;
            let mut last = self.peek()?;
            self.at += 1;
            if last == '\\' {
                last = self.peek()?;
                self.at += 1;
                if last.is_alphanumeric() {
                    return None;
                }
            }
            ranges.push((first, last));
        }
        Some(Node::Class { ranges, negated })
    }
}

/// The characters that an escape stands for, and whether it is all others.
fn escape(c: char) -> Option<(Vec<(char, char)>, bool)> {
    const WORD: [(char, char); 4] = [('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
    const SPACE: [(char, char); 5] = [(' ', ' '), ('\t', '\t'), ('\n', '\n'), ('\r', '\r'), ('\x0c', '\x0c')];
    Some(match c {
        'd' => (vec![('0', '9')], false),
        'D' => (vec![('0', '9')], true),
        'w' => (WORD.to_vec(), false),
        'W' => (WORD.to_vec(), true),
        's' => (SPACE.to_vec(), false),
        'S' => (SPACE.to_vec(), true),
        'n' => (vec![('\n', '\n')], false),
        't' => (vec![('\t', '\t')], false),
        'r' => (vec![('\r', '\r')], false),
        c if !c.is_alphanumeric() => (vec![(c, c)], false),
        _ => return None,
    })
}

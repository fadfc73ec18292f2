//! The operations that turn one list into another, given which items are the same.
//!
//! In: pairs of positions. Out: removals, additions and moves with RFC 6902 positions, each relative to the list as the
//! previous operations left it. Moves as few items as possible. Takes O(n log n).

/// What to do to a list, in this order: removals, steps, then changes inside the items at their final positions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Positions in FROM, the last one first.
    pub(crate) removals: Vec<usize>,
    /// Additions and moves.
    pub(crate) steps: Vec<Step>,
    /// For each pair, its position in FROM, in TO, and at the end.
    pub(crate) finals: Vec<(usize, usize, usize)>,
}

/// An addition or a move.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Puts item `item` of TO at `at`.
    Add { at: usize, item: usize },
    /// Moves the item at `from` to `to`; it is item `item` of TO.
    Move { from: usize, to: usize, item: usize },
}

/// Plans how to turn a list of `from` items into one of `to` items. `pairs` are positions in both, each used once.
pub(crate) fn plan(from: usize, to: usize, mut pairs: Vec<(usize, usize)>, ordered: bool) -> Plan {
    if from == to && pairs.len() == from && pairs.iter().enumerate().all(|(at, pair)| *pair == (at, at)) {
        return Plan { finals: (0..from).map(|at| (at, at, at)).collect(), ..Plan::default() };
    }
    pairs.sort_unstable();
    let mut paired = vec![false; from];
    let mut rank_of = vec![None; to];
    for (rank, (a, b)) in pairs.iter().enumerate() {
        paired[*a] = true;
        rank_of[*b] = Some(rank);
    }
    let removals = (0..from).rev().filter(|at| !paired[*at]).collect();
    let targets: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
    let rising = targets.is_sorted();
    if !ordered && !rising {
        // The order has no meaning: existing items stay where they are, and new ones go to the end.
        let added: Vec<usize> = (0..to).filter(|b| rank_of[*b].is_none()).collect();
        let steps = added.iter().enumerate().map(|(n, item)| Step::Add { at: pairs.len() + n, item: *item }).collect();
        let finals = pairs.iter().enumerate().map(|(rank, (a, b))| (*a, *b, rank)).collect();
        return Plan { removals, steps, finals };
    }
    let finals = pairs.iter().map(|(a, b)| (*a, *b, *b)).collect();
    Plan { removals, steps: steps(to, &targets, &rank_of), finals }
}

/// Places the items of TO from the left, each right behind the previous one. Items of a longest increasing subsequence
/// stay.
fn steps(to: usize, targets: &[usize], rank_of: &[Option<usize>]) -> Vec<Step> {
    let stays = longest_rising(targets);
    let mut fixed_rank = vec![false; targets.len()];
    let mut fixed_item = vec![false; to];
    for rank in &stays {
        fixed_rank[*rank] = true;
        fixed_item[targets[*rank]] = true;
    }
    // How many of the first n items of TO stay, and the first one that stays at or after each.
    let mut staying = vec![0; to + 1];
    for item in 0..to {
        staying[item + 1] = staying[item] + usize::from(fixed_item[item]);
    }
    let mut next_fixed = vec![to; to + 1];
    for item in (0..to).rev() {
        next_fixed[item] = if fixed_item[item] { item } else { next_fixed[item + 1] };
    }
    // The last item that stays before each rank.
    let mut last_fixed = vec![None; targets.len()];
    let mut last = None;
    for rank in 0..targets.len() {
        last_fixed[rank] = last;
        if fixed_rank[rank] {
            last = Some(targets[rank]);
        }
    }
    let mut waiting = Counts::new(fixed_rank.iter().map(|fixed| !fixed));
    let mut anchor = None;
    let mut steps = Vec::new();
    for item in 0..to {
        match rank_of[item] {
            Some(rank) if fixed_rank[rank] => anchor = Some(rank),
            Some(rank) => {
                let placed = match last_fixed[rank] {
                    Some(before) if before >= item => item + staying[before + 1] - staying[item],
                    Some(before) => item.min(next_fixed[before + 1]),
                    None => item.min(next_fixed[0]),
                };
                let from = placed + waiting.below(rank);
                waiting.take(rank);
                let at = item + anchor.map_or(0, |anchor| waiting.below(anchor));
                if from != at {
                    steps.push(Step::Move { from, to: at, item });
                }
            }
            None => steps.push(Step::Add { at: item + anchor.map_or(0, |anchor| waiting.below(anchor)), item }),
        }
    }
    steps
}

/// The positions of a longest strictly increasing subsequence.
pub(crate) fn longest_rising(values: &[usize]) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![usize::MAX; values.len()];
    for (at, value) in values.iter().enumerate() {
        let length = ends.partition_point(|end| values[*end] < *value);
        if length > 0 {
            before[at] = ends[length - 1];
        }
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied().unwrap_or(usize::MAX);
    while at != usize::MAX {
        run.push(at);
        at = before[at];
    }
    run.reverse();
    run
}

/// A Fenwick tree: the number of marks below a position, from which marks are removed.
struct Counts(Vec<usize>);

impl Counts {
    fn new(marks: impl ExactSizeIterator<Item = bool>) -> Counts {
        let mut tree = vec![0; marks.len() + 1];
        for (at, mark) in marks.enumerate() {
            tree[at + 1] += usize::from(mark);
        }
        for at in 1..tree.len() {
            let up = at + (at & at.wrapping_neg());
            if up < tree.len() {
                tree[up] += tree[at];
            }
        }
        Counts(tree)
    }

    fn below(&self, position: usize) -> usize {
        let (mut at, mut sum) = (position, 0);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }

    fn take(&mut self, position: usize) {
        let mut at = position + 1;
        while at < self.0.len() {
            self.0[at] -= 1;
            at += at & at.wrapping_neg();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Applies the plan to a list of the positions in FROM; items of TO are written as `1000 + position`.
    fn carry_out(from: usize, plan: &Plan) -> Vec<usize> {
        let mut list: Vec<usize> = (0..from).collect();
        for at in &plan.removals {
            list.remove(*at);
        }
        for step in &plan.steps {
            match step {
                Step::Add { at, item } => list.insert(*at, 1000 + item),
                Step::Move { from, to, .. } => {
                    let item = list.remove(*from);
                    list.insert(*to, item);
                }
            }
        }
        list
    }

    #[test]
    fn an_item_moved_to_the_end_is_one_move() {
        let plan = plan(3, 3, vec![(0, 2), (1, 0), (2, 1)], true);
        assert_eq!(plan.steps, [Step::Move { from: 0, to: 2, item: 2 }]);
    }

    #[test]
    fn a_list_without_order_stays_as_it_is_and_takes_new_items_at_the_end() {
        let plan = plan(2, 3, vec![(0, 2), (1, 0)], false);
        assert_eq!((plan.removals, plan.steps), (vec![], vec![Step::Add { at: 2, item: 1 }]));
        assert_eq!(plan.finals, [(0, 2, 0), (1, 0, 1)]);
    }

    proptest! {
        #[test]
        fn the_steps_produce_the_other_list(
            from in 0usize..9,
            to in 0usize..9,
            order in Just((0..9usize).collect::<Vec<_>>()).prop_shuffle(),
            other in Just((0..9usize).collect::<Vec<_>>()).prop_shuffle(),
            ordered: bool,
        ) {
            let pairs: Vec<_> = order.into_iter().zip(other).filter(|(a, b)| *a < from && *b < to).collect();
            let plan = plan(from, to, pairs.clone(), ordered);
            let list = carry_out(from, &plan);
            let mut expected: Vec<usize> = (0..to).map(|b| 1000 + b).collect();
            for (a, b) in &pairs {
                expected[*b] = *a;
            }
            for (a, _, at) in &plan.finals {
                prop_assert_eq!(list[*at], *a);
            }
            if ordered {
                prop_assert_eq!(list, expected);
            } else {
                let moves = plan.steps.iter().filter(|step| matches!(step, Step::Move { .. })).count();
                prop_assert_eq!(moves, 0);
                let (mut list, mut expected) = (list, expected);
                list.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(list, expected);
            }
        }
    }
}

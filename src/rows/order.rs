//! Sorting by text, compiled once, and by a heap: the standard sort is ten kilobytes of component, a heap is one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Sorts items by a text of each. Items with equal texts keep their order.
pub fn sort_by_text<T>(items: &mut Vec<T>, text: impl Fn(&T) -> &str) {
    if items.len() < 2 {
        return;
    }
    let texts: Vec<&str> = items.iter().map(text).collect();
    let order = order(&texts);
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|position| unsorted[position].take()));
}

/// Positions of texts in ascending order.
#[inline(never)]
fn order(texts: &[&str]) -> Vec<usize> {
    let heap: BinaryHeap<(&str, usize)> = texts.iter().copied().zip(0..).collect();
    heap.into_sorted_vec().into_iter().map(|(_, position)| position).collect()
}

/// Positions of numbers in descending order. Equal numbers keep their order.
#[inline(never)]
pub fn descending(numbers: &[i64]) -> Vec<usize> {
    let heap: BinaryHeap<(Reverse<i64>, usize)> = numbers.iter().copied().map(Reverse).zip(0..).collect();
    heap.into_sorted_vec().into_iter().map(|(_, position)| position).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_like_the_standard_sort(words in proptest::collection::vec("[a-c]{0,2}", 0..20)) {
            let mut items: Vec<(String, usize)> = words.into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            super::sort_by_text(&mut items, |item| &item.0);
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn numbers_descend(numbers in proptest::collection::vec(-3_i64..3, 0..20)) {
            let mut expected: Vec<usize> = (0..numbers.len()).collect();
            expected.sort_by_key(|position| std::cmp::Reverse(numbers[*position]));
            prop_assert_eq!(super::descending(&numbers), expected);
        }
    }
}

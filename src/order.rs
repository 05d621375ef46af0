//! Sorting by text, compiled once.
//!
//! Each use of the standard sort with another type is another six kilobytes of component; positions are one type.

/// Sorts items by a text of each. Items with equal texts keep their order.
pub(crate) fn sort_by_text<T>(items: &mut Vec<T>, text: impl Fn(&T) -> &str) {
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
    let mut positions: Vec<usize> = (0..texts.len()).collect();
    positions.sort_by(|a, b| texts[*a].cmp(texts[*b]));
    positions
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
    }
}

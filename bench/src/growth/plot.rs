//! The growth as a picture: an SVG of its own, without scripts, for light and dark pages. It draws
//! what it is given.

use crate::machine::Machine;
use crate::report::{Sample, grouped};

/// The size of the picture.
const SIZE: [f64; 2] = [960.0, 640.0];

const STYLE: &str = "\
text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: #59636e }
.title { font-size: 17px; font-weight: 600; fill: #1f2328 }
.name { font-weight: 600; fill: #1f2328 }
.paper { fill: #ffffff }
.grid { stroke: #d8dee4; stroke-width: 1 }
.axis { stroke: #8c959f; stroke-width: 1 }
.line { fill: none; stroke: #0969da; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
.dot { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1 }
.title, .name { fill: #f0f6fc }
.paper { fill: #0d1117 }
.grid { stroke: #2a313c }
.axis { stroke: #656c76 }
.line { stroke: #4493f8 }
.dot { fill: #4493f8 }
}";

/// One diagram.
struct Panel {
    /// What is drawn, with its unit.
    name: &'static str,
    /// The left, the top, the width and the height of its drawing area.
    area: [f64; 4],
    /// Transfers in the store, and the value then.
    points: Vec<(f64, f64)>,
}

/// Throughput over the number of transfers, and beneath it memory and the bytes per transfer beyond
/// those of the store without any.
pub fn svg(machine: &Machine, samples: &[Sample], empty: u64, batch: usize) -> String {
    let of = |value: &dyn Fn(&Sample) -> Option<f64>| {
        let point = |sample: &Sample| Some((sample.transfers as f64, value(sample)?));
        samples.iter().filter_map(point).collect::<Vec<_>>()
    };
    let panels = [
        Panel {
            name: "Transfers per second",
            area: [84.0, 112.0, 828.0, 216.0],
            points: of(&|sample| Some(sample.per_second as f64)),
        },
        Panel {
            name: "Memory of the process, MiB",
            area: [84.0, 420.0, 348.0, 140.0],
            points: of(&|sample| sample.resident_kib.map(|kib| kib as f64 / 1_024.0)),
        },
        Panel {
            name: "Bytes on disk per transfer, all included",
            area: [564.0, 420.0, 348.0, 140.0],
            points: of(&|sample| {
                let grown = sample.bytes.saturating_sub(empty);
                Some(grown as f64 / sample.transfers.max(1) as f64)
            }),
        },
    ];
    let total = samples.last().map_or(0, |sample| sample.transfers);
    let title = format!("PayFlow: {} transfers into one store", grouped(total));
    let place = format!(
        "{}, {} cores, {}; batches of {}, each answer after its fsync",
        machine.cpu,
        machine.cores,
        machine.engine,
        grouped(batch as u64)
    );
    let [width, height] = SIZE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"title place\">\n<style>\n{STYLE}\n</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n"
    );
    svg.push_str(&format!(
        "<text id=\"title\" class=\"title\" x=\"24\" y=\"36\">{}</text>\n\
         <text id=\"place\" x=\"24\" y=\"58\">{}</text>\n",
        escaped(&title),
        escaped(&place)
    ));
    for panel in &panels {
        panel.draw(&mut svg, total as f64);
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel {
    fn draw(&self, svg: &mut String, total: f64) {
        let [left, top, width, height] = self.area;
        let (right, bottom) = (left + width, top + height);
        let most = self.points.iter().map(|point| point.1).fold(0.0, f64::max);
        let rows = ticks(most, height / 44.0);
        let most = rows
            .last()
            .copied()
            .filter(|most| *most > 0.0)
            .unwrap_or(1.0);
        let columns = ticks(total, width / 110.0);
        let span = total.max(1.0);
        let at = |x: f64, y: f64| (left + x / span * width, bottom - y / most * height);
        let mut draw = |text: String| {
            svg.push_str(&text);
            svg.push('\n');
        };
        draw(format!(
            "<text class=\"name\" x=\"{left}\" y=\"{:.0}\">{}</text>",
            top - 14.0,
            self.name
        ));
        for row in &rows {
            let (_, y) = at(0.0, *row);
            draw(format!(
                "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>"
            ));
            draw(format!(
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 8.0,
                y + 4.5,
                label(*row)
            ));
        }
        draw(format!(
            "<path class=\"axis\" d=\"M{left} {bottom}H{right}\"/>"
        ));
        for column in columns.iter().filter(|column| **column <= total) {
            let (x, _) = at(*column, 0.0);
            draw(format!("<path class=\"axis\" d=\"M{x:.1} {bottom}v5\"/>"));
            draw(format!(
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 20.0,
                label(*column)
            ));
        }
        draw(format!(
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">transfers in the store</text>",
            left + width / 2.0,
            bottom + 40.0
        ));
        let mut line = String::new();
        for (number, (x, y)) in self
            .points
            .iter()
            .map(|point| at(point.0, point.1))
            .enumerate()
        {
            let pen = if number == 0 { 'M' } else { 'L' };
            line.push_str(&format!("{pen}{x:.1} {y:.1}"));
            draw(format!(
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>"
            ));
        }
        draw(format!("<path class=\"line\" d=\"{line}\"/>"));
    }
}

/// Round numbers from 0 to `most` or a little beyond, about `count` of them.
fn ticks(most: f64, count: f64) -> Vec<f64> {
    let rough = (most / count.max(1.0)).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .iter()
        .map(|digit| digit * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(power * 10.0);
    let mut ticks = vec![0.0];
    let mut next = step;
    while most > 0.0 && next < most + step * 0.999 {
        ticks.push(next);
        next += step;
    }
    ticks
}

/// A number as an axis shows it.
fn label(value: f64) -> String {
    if value >= 1e6 {
        let millions = value / 1e6;
        return format!("{} million", (millions * 100.0).round() / 100.0);
    }
    if value.fract() == 0.0 {
        let text = format!("{value:.0}");
        return text.parse().map_or(text, grouped);
    }
    format!("{}", (value * 100.0).round() / 100.0)
}

/// Text within XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(483_000.0, 5.0), [0.0, 1e5, 2e5, 3e5, 4e5, 5e5]);
        assert_eq!(ticks(90.0, 3.0), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(10.0, 5.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(0.0, 5.0), [0.0]);
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(label(400_000.0), "400,000");
        assert_eq!(label(2_500_000.0), "2.5 million");
        assert_eq!(label(0.0), "0");
        assert_eq!(label(2.5), "2.5");
    }

    #[test]
    fn the_picture_has_a_line_per_panel_and_escapes_what_it_is_told() {
        let machine = Machine::here("a <b> & c".to_owned());
        let samples: Vec<_> = (1..=5)
            .map(|number| Sample {
                transfers: number * 1_000,
                per_second: 100_000 + number,
                resident_kib: Some(50_000),
                bytes: 90_000 * number,
            })
            .collect();
        let svg = svg(&machine, &samples, 10_000, 8_192);
        assert_eq!(svg.matches("class=\"line\"").count(), 3);
        assert_eq!(svg.matches("<circle").count(), 15);
        assert!(svg.contains("5,000 transfers") && svg.contains("a &lt;b> &amp; c"));
        assert!(svg.contains("prefers-color-scheme: dark") && !svg.contains("NaN"));
    }

    #[test]
    fn a_picture_of_nothing_has_no_impossible_numbers() {
        let svg = svg(&Machine::here(String::new()), &[], 0, 1);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

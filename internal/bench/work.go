package bench

import (
	"slices"
	"time"
)

// Work is something to measure: a row of the table.
type Work struct {
	Name  string // for --works
	Title string // what is done
	Unit  string // what is counted
	// measure is what counts about it.
	measure Measure
	Full    Size
	Short   Size // of the short mode, which takes seconds

	fill, ours, ceiling part
	// beside makes, of the size of ours, that of the ceiling that our own loops
	// are on less work. The ceiling is then ours at that size.
	beside func(Size) Size
	// keeps says that a trial leaves the database fit for another.
	keeps bool
	// rateOf names a work, half of whose rate is the rate of this one.
	rateOf string
	// grow is how many times the objects are measured once more; 0: that shows
	// nothing that another work does not show.
	grow   float64
	checks []check
}

// Works returns everything there is to measure, in the order of measuring.
func Works() []Work {
	return slices.Concat(deliveries(), polls(), schedules(), latencies(), obstacles())
}

// find returns the work of a name.
func find(name string) (Work, bool) {
	works := Works()
	i := slices.IndexFunc(works, func(w Work) bool { return w.Name == name })
	if i < 0 {
		return Work{}, false
	}
	return works[i], true
}

// deliveries post stored events.
func deliveries() []Work {
	work := func(name, title string, destinations int, grow float64) Work {
		return Work{
			Name: name, Title: title, Unit: "events", measure: ByRate, grow: grow,
			Full:  Size{Objects: 100_000, Destinations: destinations},
			Short: Size{Objects: 5_000, Destinations: destinations},
			fill:  fillDeliveries, ours: deliverAll, ceiling: deliverBare,
			checks: []check{ratioAtLeast(map[string]float64{SQLite: 0.60, PostgreSQL: 0.50})},
		}
	}
	return []Work{
		work("deliver-1", "deliver stored events of 1 KB to 1 destination", 1, 10),
		work("deliver-100", "deliver stored events of 1 KB to 100 destinations", 100, 0),
	}
}

// many is how many pollers read at the same time where they are to keep all cores
// busy: a poller reads one page after the other.
const many = 8

// polls read records.
func polls() []Work {
	fresh := func(name, title string, pollers, changes int, checks ...check) Work {
		return Work{
			Name: name, Title: title, Unit: "records", measure: ByRate, grow: 0.1,
			Full:  Size{Objects: 100_000, Destinations: pollers, Pollers: pollers, Changes: changes},
			Short: Size{Objects: 4_000, Destinations: pollers, Pollers: pollers, Changes: changes},
			fill:  fillPollers, ours: pollAll, ceiling: pollBare, checks: checks,
		}
	}
	again := func(name, title string, pollers, known, short int, checks ...check) Work {
		return Work{
			Name: name, Title: title, Unit: "records", measure: ByRate, keeps: true,
			Full:  Size{Objects: 100_000, Pollers: pollers, Known: known},
			Short: Size{Objects: 8_000, Pollers: pollers, Known: short},
			fill:  fillVersions, ours: reread, ceiling: readBare, checks: checks,
		}
	}
	ratio := ratioAtLeast(map[string]float64{SQLite: 0.60, PostgreSQL: 0.60})
	half := ratioAtLeast(map[string]float64{SQLite: 0.50, PostgreSQL: 0.50})
	return []Work{
		fresh("poll-1", "poll to delivery, 1 change a POST", 1, 1, ratio, rateAtLeast(10_000)),
		fresh("poll-10", "poll to delivery, 10 changes a POST", 1, 10, ratio),
		fresh("poll-100", "poll to delivery, 100 changes a POST", 1, 100, ratio, rateAtLeast(20_000)),
		fresh("many-1", "the same by 8 pollers, 1 change a POST", many, 1),
		fresh("many-10", "the same by 8 pollers, 10 changes a POST", many, 10),
		fresh("many-100", "the same by 8 pollers, 100 changes a POST", many, 100),
		again("unchanged-10k", "poll what has not changed, 10,000 versions known", 1, 10_000, 4_000, half),
		again("unchanged-1m", "poll what has not changed, 1,000,000 versions known", 1, 1_000_000, 40_000,
			half, noSlowerThan("unchanged-10k", 1.3)),
		again("many-unchanged", "the same by 8 pollers, 1,000,000 versions known", many, 1_000_000, 40_000),
	}
}

// perSecond is how many polls a second a million pollers make in 15 minutes.
const perSecond = 1_000_000 / (15 * 60.0)

// schedules are pollers that find nothing.
func schedules() []Work {
	work := func(name, title string, pollers int, checks ...check) Work {
		size := func(pollers int, long time.Duration) Size {
			interval := time.Duration(float64(pollers) / perSecond * float64(time.Second))
			return Size{Pollers: pollers, Interval: interval, For: long}
		}
		return Work{
			Name: name, Title: title, Unit: "polls", measure: ByWait, keeps: true,
			Full: size(pollers, 30*time.Second), Short: size(pollers/50, 2*time.Second),
			fill: fillSchedule, ours: keepUp, checks: checks,
		}
	}
	return []Work{
		{
			Name: "idle", Title: "1,000 pollers every 5 s, nothing new", Unit: "polls", measure: ByCPU, keeps: true,
			Full:  Size{Pollers: 1_000, Interval: 5 * time.Second, For: 20 * time.Second},
			Short: Size{Pollers: 200, Interval: time.Second, For: 3 * time.Second},
			fill:  fillIdle, ours: pollNothing, ceiling: askBare,
			checks: []check{cpuAtMost(150 * time.Microsecond), memoryAtMost(60)},
		},
		work("schedule-10k", "10,000 pollers, 1,111 claims a second", 10_000),
		work("schedule-100k", "100,000 pollers, 1,111 claims a second", 100_000),
		work("schedule-1m", "1,000,000 pollers at 15 minutes, claims alone", 1_000_000,
			keepsUp(time.Second), memoryAtMost(300), claimAtMost("schedule-10k", 1.3)),
	}
}

// latencies commit events at a steady rate.
func latencies() []Work {
	work := func(name, title string, rate float64, checks ...check) Work {
		return Work{
			Name: name, Title: title, Unit: "events", measure: ByWait,
			Full:  Size{Destinations: 1, Rate: rate, For: 10 * time.Second},
			Short: Size{Destinations: 1, Rate: rate, For: 2 * time.Second},
			fill:  fillCommitters, ours: commitAtRate, checks: checks,
		}
	}
	half := work("latency-half", "commit to receiver, at half of the rate of many-1", 0, waitAtMost(0, 50*time.Millisecond))
	half.rateOf = "many-1"
	return []Work{
		work("latency-1000", "commit to receiver, at 1,000 events a second", 1000, waitAtMost(2*time.Millisecond, 11*time.Millisecond)),
		half,
	}
}

// obstacles are in the way of others.
func obstacles() []Work {
	return []Work{{
		Name: "hanging", Title: "1 destination that hangs beside 99, to the 99 alone", Unit: "events", measure: ByRate,
		Full:  Size{Objects: 99_000, Destinations: 99, Hanging: 1},
		Short: Size{Objects: 4_950, Destinations: 99, Hanging: 1},
		fill:  fillDeliveries, ours: deliverAll, beside: Size.sound,
		checks: []check{ratioAtLeast(map[string]float64{SQLite: 0.90, PostgreSQL: 0.90})},
	}}
}

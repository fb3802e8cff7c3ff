import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.Locale;
import java.util.TimeZone;

/**
 * Prints what Java makes of patterns, as vectors for the Go tests:
 *
 *   java Vectors.java format > format.tsv     zone, milliseconds, pattern, text
 *   java Vectors.java parse  > parse.tsv      zone, pattern, text, milliseconds
 */
public class Vectors {
	static final String[] ZONES = {
		"UTC", "GMT-08:00", "America/Los_Angeles", "America/New_York",
		"Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe",
	};

	static final long[] INSTANTS = {
		-1L, 0L, 951782400007L, 1704067199999L, 1709210096123L,
		1720000000050L, 1735603200000L, 1741531500999L, 4102444800000L, 253402300799999L,
	};

	static final String[] PATTERNS = {
		"G|GGGG|y|yy|yyy|yyyy|yyyyyy|Y|YY|YYY|YYYY",
		"M|MM|MMM|MMMM|MMMMM|L|LL|LLL|LLLL|d|dd|ddd|D|DD|DDD",
		"w|ww|W|WW|F|FF|E|EE|EEE|EEEE|EEEEE|u|uu",
		"a|aaaa|H|HH|k|kk|K|KK|h|hh|m|mm|s|ss|S|SS|SSS|SSSSSS",
		"Z|ZZZZ|X|XX|XXX|''|'o''clock'|'T'.,:;/-",
	};

	static final String[][] TEXTS = {
		{"yyyy-MM-dd HH:mm", "2024-02-29 23:59"},
		{"yyyy-MM-dd HH:mm", "2024-03-10 02:30"},
		{"yyyy-MM-dd HH:mm", "2024-03-31 02:30"},
		{"yyyy-MM-dd HH:mm", "2024-11-03 01:30"},
		{"yyyy-MM-dd HH:mm", "2024-10-27 02:30"},
		{"yyyy-MM-dd HH:mm", "2024-10-06 02:15"},
		{"yyyy-MM-dd HH:mm", "2024-04-07 01:45"},
		{"yyyy-MM-dd HH:mm", " 2024-2-9  7:5"},
		{"yyyyMMddHHmmss", "20240229123456"},
		{"yyyy-DDD", "2024-060"},
		{"YYYY-'W'ww-u", "2024-W01-1"},
		{"YYYY-'W'ww-u", "2022-W53-6"},
		{"YYYY ww", "2024 05"},
		{"yyyy-MM W E", "2024-02 2 Tue"},
		{"yyyy-MM W u", "2024-09 1 7"},
		{"yyyy-MM F E", "2024-02 2 Tuesday"},
		{"yyyy-MM", "2024-02"},
		{"yyyy", "2024"},
		{"yyyy-MM-dd hh a", "2024-01-01 12 AM"},
		{"yyyy-MM-dd hh a", "2024-01-01 12 pm"},
		{"yyyy-MM-dd K a", "2024-01-01 0 PM"},
		{"yyyy-MM-dd k", "2024-01-01 24"},
		{"d MMM yyyy", "9 march 2024"},
		{"d MMMM yyyy", "9 Mar 2024"},
		{"G yyyy-MM-dd", "AD 2024-01-01"},
		{"EEE, dd MMM yyyy HH:mm:ss Z", "Thu, 29 Feb 2024 12:34:56 -0800"},
		{"EEE, dd MMM yyyy HH:mm:ss Z", "Thu, 29 Feb 2024 12:34:56 GMT"},
		{"EEE MMM dd HH:mm:ss z yyyy", "Thu Feb 29 12:34:56 PST 2024"},
		{"yyyy-MM-dd HH:mm z", "2024-07-01 12:00 EDT"},
		{"yyyy-MM-dd HH:mm z", "2024-07-01 12:00 EST"},
		{"yyyy-MM-dd HH:mm z", "2024-07-01 12:00 Pacific Standard Time"},
		{"yyyy-MM-dd HH:mm z", "2024-07-01 12:00 GMT+1:00"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2024-02-29T12:34:56.789+0530"},
		{"yyyy-MM-dd'T'HH:mm:ssX", "2024-02-29T12:34:56+01"},
		{"yyyy-MM-dd'T'HH:mm:ssXX", "2024-02-29T12:34:56-0330"},
		{"yyyy-MM-dd'T'HH:mm:ssXXX", "2024-02-29T12:34:56Z"},
		{"yyyy-MM-dd'T'HH:mm:ssXXX", "2024-02-29T12:34:56+05:30"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2024-02-29T12:34:56.789Z"},
		{"yy-MM-dd", "24-02-29"},
		{"yy-MM-dd", "2024-02-29"},
		{"h 'o''clock' a, dd.MM.y", "3 o'clock PM, 29.02.2024"},
	};

	static SimpleDateFormat in(String pattern, String zone) {
		SimpleDateFormat f = new SimpleDateFormat(pattern, Locale.US);
		f.setTimeZone(TimeZone.getTimeZone(zone));
		return f;
	}

	public static void main(String[] args) throws ParseException {
		boolean parse = args[0].equals("parse");
		for (String zone : ZONES) {
			for (String[] t : parse ? TEXTS : new String[0][]) {
				System.out.println(zone + "\t" + t[0] + "\t" + t[1] + "\t" + in(t[0], zone).parse(t[1]).getTime());
			}
			for (long ms : parse ? new long[0] : INSTANTS) {
				for (String p : PATTERNS) {
					System.out.println(zone + "\t" + ms + "\t" + p + "\t" + in(p, zone).format(new Date(ms)));
				}
				// Names of other zones differ between Java's and Go's zone databases.
				if (zone.startsWith("America") || zone.equals("UTC") || zone.equals("GMT-08:00")) {
					String p = "z|zzz|zzzz|zzzzz";
					System.out.println(zone + "\t" + ms + "\t" + p + "\t" + in(p, zone).format(new Date(ms)));
				}
			}
		}
	}
}

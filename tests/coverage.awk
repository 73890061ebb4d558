# What gcov -b -c wrote for each file: a line that tells how many of its lines and branches were reached.
# A branch counts if its line decides something. What macros of the kernel make of the others is not the file's: tracing,
# ratelimits, checks of locks and of addresses. What is in a header is listed for each file that includes it: it counts once.
FNR == 1 { file = FILENAME; sub(/.*\//, "", file); sub(/\.gcov$/, "", file); decides = ends = 0 }
/^branch/ {
	if (!decides) next
	branch = place " " ++nth
	if (!(branch in seen)) branches[file]++
	seen[branch]
	if ($0 ~ /never executed|taken 0/ || branch in reached) next
	reached[branch]
	branches_reached[file]++
	next
}
!/^ *[^ :]+: *[0-9]+:/ { next }
{
	split($0, field, ":")
	place = file ":" field[2]
	nth = 0
	source = $0
	sub(/^[^:]*:[^:]*:/, "", source)
	# a statement may go on in the next line, and is not in a comment, nor the preprocessor's
	if (source ~ /^([ \t]*(\/?\*|$)|#)/) next
	decides = source ~ /(^|[^a-z_])(if|while|for|switch|return)[^a-z_]|for_each|[?]|&&|[|][|]/ || decides && !ends
	ends = source ~ /[;{}]$/
	if (field[1] ~ /-/) next
	if (!(place in seen)) lines[file]++
	seen[place]
	if (field[1] ~ /[#=]/ || place in reached) next
	reached[place]
	lines_reached[file]++
}
function percent(part, all) { return all ? 100 * part / all : 100 }
END {
	printf "%-24s %8s %8s %10s %8s\n", "file", "lines", "%", "branches", "%"
	for (file in lines)
		printf "%-24s %8d %8.1f %10d %8.1f\n", file, lines[file], percent(lines_reached[file], lines[file]),
			branches[file], percent(branches_reached[file], branches[file]) | "sort"
}

# shellcheck shell=bash disable=SC2154  # variables of lib.sh
# Sourced after lib.sh by the tests on the debug kernel that make allocations and requests fail.
debug=/sys/kernel/debug

# inject FAULT KEY=VALUE...: sets these of the fault's attributes
inject() {
	local fault=$1 setting
	shift
	for setting; do echo "${setting#*=}" > "$debug/$fault/${setting%%=*}"; done
}

# prepare_faults KEY=VALUE...: of all kinds, in calls that come from the module, whatever is allocated and however; none
# strikes yet
prepare_faults() {
	local start size fault
	start=$(< /sys/module/dm_quorum/sections/.text)
	size=$(awk '$1 == "dm_quorum" { print $2 }' /proc/modules)
	for fault in failslab fail_page_alloc fail_make_request; do
		inject $fault probability=0 interval=1 space=0 task-filter=0 verbose=0 stacktrace-depth=32 "$@"
		# bash's own numbers have a sign
		inject $fault "require-start=$(printf %u "$start")" "require-end=$(printf %u $((start + size)))"
	done
	inject failslab ignore-gfp-wait=0
	inject fail_page_alloc ignore-gfp-wait=0 min-order=0
}

# may_fail DEVICE...: requests to these
may_fail() {
	local device
	for device; do echo 1 > "/sys/dev/block/$(dev_number "$device")/make-it-fail"; done
}

# slow_leg: makes a device of the third leg's disk that takes its time
slow_leg() {
	modprobe dm-delay
	dm_create slow "0 $size delay ${legs[2]} 0 20"
	may_fail /dev/mapper/slow
}

# faults_in_turn WHAT: has every-fault-WHAT.pl make each fault strike, on three legs, the slow one, and a device for a log.
# $work/walk gets what it says: lines WHAT FAULT STRUCK REFUSED WRONG
faults_in_turn() {
	prepare_faults times=1
	may_fail "${legs[@]}"
	ok 'all faults have had their turn' perl "tests/every-fault-$1.pl" "$work/walk" "$size" "${legs[3]}" /dev/mapper/slow \
		"${legs[@]:0:3}" "$work"/disk{0,1,2}
	! dmsetup info q > /dev/null 2>&1 || devices+=(q)
	diag "$(cat "$work/walk")"
}

# struck PATTERN: how often faults have, in walks whose line begins like that
struck() { awk -v like="^$1" '!/^#/ && $0 ~ like { sum += $3 } END { print sum + 0 }' "$work/walk"; }
# struck_each PATTERN...: they have in each of these
struck_each() {
	local like
	for like; do
		[ "$(struck "$like")" -gt 0 ] || { echo "none in $like"; return 1; }
	done
}

# wrong: how often something was then not as it should be
wrong() { awk '!/^#/ { sum += $5 } END { print sum + 0 }' "$work/walk"; }

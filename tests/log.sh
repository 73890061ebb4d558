# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh: what a log on disk holds. Set $region (sectors), and $log_file if that is not $work/disk3.
log_file=$work/disk3

# log_bits: those of the log, one behind the other, 1 for clean
log_bits() { dd if="$log_file" bs=1 skip=1024 count=2048 status=none | perl -e 'undef $/; print unpack "b*", <>'; }

# marked dirty|LEG: the regions that the log on the disk calls dirty, or in which it calls a leg stale
marked() {
	local set=$1 regions=$(((size + region - 1) / region)) bits
	[ "$set" != dirty ] || set=-1
	bits=$(log_bits)
	bits=${bits:64 + (set + 1) * regions:regions}
	perl -e '@r = grep { !substr $ARGV[0], $_, 1 } 0 .. length($ARGV[0]) - 1; print "@r"' "$bits"
}
marked_nothing() { [ "$(marked dirty)" = '' ]; }
# nothing_stale LEG
nothing_stale() { [ "$(marked "$1")" = '' ]; }

# log_cleaned NAME: takes back what can be taken back, at once
log_cleaned() {
	dm suspend "$1"
	dm resume "$1"
}

# crash NAME: removes the quorum, but the log is as it was before, as if the machine had stopped. No I/O may be in flight.
crash() {
	cp "$log_file" "$work/log_before"
	remove "$1"
	cat "$work/log_before" > "$log_file"
}

# crash_all_dirty THRESHOLD LEG... -- OPTION...: makes q with a new log, in which all is dirty, and crashes it
crash_all_dirty() {
	quorum_create q "$@"
	message q frozen
	is "$(marked dirty | wc -w)" $((size / region)) "threshold $1: all is dirty in a new log"
	crash q
}

# wrap_first COUNT: puts a dm device under these legs, see wrap_legs
wrap_first() {
	local leg
	for ((leg = 0; leg < $1; leg++)); do
		dm_create "leg$leg" "0 $size linear ${disks[leg]} 0"
		legs[leg]=/dev/mapper/leg$leg
	done
}

# flushes LEG: how many its disk has done
flushes() { awk '{ print $16 }' "/sys/block/${disks[$1]#/dev/}/stat"; }

# sectors_read LEG
sectors_read() { awk '{ print $3 }' "/sys/block/${disks[$1]#/dev/}/stat"; }

# log_letter NAME: the last word of the status
log_letter() { dmsetup status "$1" | awk '{ print $NF }'; }

# start_user SECTOR: writes a block of /dev/mapper/q there all the time, so that its mark is not taken back
start_user() {
	: > "$work/writes"
	while write_at /dev/mapper/q "$1" 8 0x30; do echo; done > "$work/writes" 2> "$work/user_said" &
	user=$!
	uses
}
# uses: some more of these writes are done
uses() { poll more_writes $(($(wc -l < "$work/writes") + 2)); }
more_writes() { [ "$(wc -l < "$work/writes")" -gt "$1" ]; }
stop_user() {
	kill "$user"
	wait "$user" 2> "$work/said" || :
}

# remove NAME: a device, before the end of the test
remove() {
	local name kept=()
	dm remove "$1"
	for name in "${devices[@]}"; do [ "$name" = "$1" ] || kept+=("$name"); done
	devices=(${kept[@]+"${kept[@]}"})
}

# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh, for legs that hang: what they have been given does not come back until they are let.

# hang LEG...: legs that wrap_legs has wrapped keep what they are given from here on
hang() {
	local leg
	for leg; do dm suspend --noflush --nolockfs "leg$leg"; done
}
# unhang LEG...: they do it after all
unhang() {
	local leg
	for leg; do dm resume "leg$leg"; done
}

# hold_writes LEG, hold_flushes LEG: puts a device on top of a leg that keeps writes (with FUA as well), or flushes, until
# release LEG
hold_writes() {
	dm_create "held$1" "0 $size delay ${legs[$1]} 0 0 ${legs[$1]} 0 3600000"
	legs[$1]=/dev/mapper/held$1
}
hold_flushes() {
	dm_create "held$1" "0 $size delay ${legs[$1]} 0 0 ${legs[$1]} 0 0 ${legs[$1]} 0 3600000"
	legs[$1]=/dev/mapper/held$1
}
# keeps_flush LEG: it does, one
keeps_flush() { [ "$(dmsetup status "held$1" | awk '{ print $NF }')" = 1 ]; }
# release LEG: what it keeps is done, and so is what comes later
release() {
	local leg=$1 below
	below=$(dmsetup table "held$leg" | awk '{ print $4 }')
	dm_reload "held$leg" "0 $size linear $below 0"
}

# The status without waiting for what is in flight, as status and counters do: a leg that hangs holds that up
health() { dmsetup status "$1" | awk '{ print $6 }'; }
healthy() { [ "$(health "$1")" = "${2:-AAA}" ]; }
counts() { dmsetup status "$1" | awk '{ printf "%s %s %s %s", $9, $10, $11, $12; for (i = 16; i <= NF; i += 5) printf " / %s %s %s %s", $i, $(i + 1), $(i + 2), $(i + 3); print "" }'; }
nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'

# in_flight DEVICE READS WRITES: so many requests have been begun and have not ended
in_flight() {
	local reads writes
	read -r reads writes < "/sys/dev/block/$(dev_number "$1")/inflight"
	[ "$reads $writes" = "$2 $3" ]
}
# has_written DISK SECTORS, has_read DISK SECTORS: at least so many in all
has_written() { [ "$(written "$1")" -ge "$2" ]; }
written() { awk '{ print $7 }' "/sys/dev/block/$(dev_number "$1")/stat"; }
has_read() { [ "$(sectors_read "$1")" -ge "$2" ]; }
sectors_read() { awk '{ print $3 }' "/sys/dev/block/$(dev_number "$1")/stat"; }
# flushed DISK: how often
flushed() { awk '{ print $16 }' "/sys/dev/block/$(dev_number "$1")/stat"; }

# restored NAME LEG: as soon as it has given back all that it had
restored() { poll message "$1" restore "$2" 2> /dev/null; }
# recovered NAME: it is restored, and all is well
recovered() { poll healthy "$1" && wait_idle "$1"; }
identical() {
	local disk
	for disk in "$work"/disk[1-9]; do cmp "$work/disk0" "$disk" || return; done
}
# all_running PID...: none of them has ended
all_running() { kill -0 "$@" 2> /dev/null; }

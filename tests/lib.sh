# shellcheck shell=bash
# Sourced by the tests (*.t), which run as root in a guest of tests/vm/run: TAP, legs and their faults, quorum devices,
# their status, and their events. Sourcing it sets the stage; done_testing clears it and checks that nothing is left over.
set -eEuo pipefail
export LC_ALL=C

# ---- TAP -------------------------------------------------------------------------------------------------------------

tests_run=0 tests_failed=0 finished='' died_at=''

diag() { local said=$*; printf '# %s\n' "${said//$'\n'/$'\n'# }"; }

report() {
	tests_run=$((tests_run + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests_run - $2"
	else
		tests_failed=$((tests_failed + 1))
		echo "not ok $tests_run - $2"
	fi
}

# ok NAME COMMAND...: COMMAND succeeds
ok() {
	local name=$1
	shift
	if "$@" > "$work/said" 2>&1; then
		report 0 "$name"
	else
		report 1 "$name"
		diag "failed: $*"
		diag "$(tail -n 20 "$work/said")"
	fi
}

# fails NAME COMMAND...: COMMAND does not succeed; that there is none, or none that can be run, does not count
fails() {
	local name=$1 status=0
	shift
	"$@" > "$work/said" 2>&1 || status=$?
	case $status in
	0)
		report 1 "$name"
		diag "succeeded: $*"
		;;
	126 | 127)
		report 1 "$name"
		diag "could not be run: $*"
		diag "$(tail -n 20 "$work/said")"
		;;
	*) report 0 "$name" ;;
	esac
}

# is GOT WANTED NAME
is() {
	if [ "$1" = "$2" ]; then
		report 0 "$3"
	else
		report 1 "$3"
		diag "     got: $1"
		diag "expected: $2"
	fi
}

# like GOT EXTENDED-REGEX NAME
like() {
	if [[ $1 =~ $2 ]]; then
		report 0 "$3"
	else
		report 1 "$3"
		diag "     got: $1"
		diag "expected: something like $2"
	fi
}

skip_all() {
	echo "1..0 # SKIP $*"
	finished=skipped
	exit 0
}

done_testing() {
	finished=yes
	exit 0
}

# at_end COMMAND: done when the test ends, however it ends, before its devices are removed; the last one first. Whether it
# succeeds makes no difference.
ending=''
at_end() { ending=$1$'\n'$ending; }

# end_jobs: what is still in the background. What hangs is not waited for.
end_jobs() {
	local job patience=60
	for job in $(jobs -rp); do kill "$job"; done
	poll no_job
} 2> /dev/null
no_job() { [ -z "$(jobs -rp)" ]; }

# What every test ends with, however it ends
finish() {
	local mounts at
	trap - ERR
	set +e
	if [ -z "$finished" ]; then
		report 1 'the test ran to its end'
		diag "died at ${died_at:-an exit}"
		[ ! -s "$work/events" ] || diag "$(quorum_events)"
		diag "$(kernel_log | tail -n 30)"
	fi
	# what holds a device, if the test has died
	end_jobs
	mapfile -t mounts < /proc/mounts
	for at in "${mounts[@]#* }"; do
		at=${at%% *}
		[[ $at != "$work"/* ]] || umount --lazy "$at"
	done
	eval "$ending"
	remove_devices
	if [ "$finished" = skipped ]; then
		remove_legs
		exit 0
	fi
	ok 'no leg is left open' exclusive ${disks[@]+"${disks[@]}"}
	remove_legs
	[ ! -e "$kmemleak" ] || is "$(leaks)" '' 'the module has left no memory behind'
	ok 'the module can be unloaded' modprobe -r dm_quorum
	is "$(kernel_log | grep -E "$complaint")" '' 'the kernel does not complain'
	rm -rf "$work"
	echo "1..$tests_run"
	exit $((tests_failed > 0))
}

# rounds COUNT: how often to do what is done many times: ROUNDS if that is set, or COUNT; half of that on kernels other than
# the one in the middle, as there are three; and a fifth on the debug kernel, which sees more and takes longer
rounds() {
	local count=$1
	case $DM_QUORUM_KERNEL in
	6.12) ;;
	debug) count=$(((count + 4) / 5)) ;;
	*) count=$(((count + 1) / 2)) ;;
	esac
	echo "${ROUNDS:-$count}"
}

# ---- Waiting, the kernel log -----------------------------------------------------------------------------------------

complaint='WARNING:|BUG:|Oops|general protection fault|KASAN:|KCSAN:|UBSAN:|possible (circular|recursive)|inconsistent lock state|suspicious RCU|blocked for more than|refcount_t:|list_(add|del) corruption|scheduling while atomic|sleeping function called|on exit'

# nap SECONDS: sleeps without a process, of which each costs tens of milliseconds without KVM. The harness has made this
# pipe, which nobody writes to.
exec {never}<> /run/never
nap() { read -r -t "$1" -u "$never" || :; }

# poll COMMAND...: until it succeeds; gives up after ten minutes, which no working system comes near, however little of a
# processor its guest gets. (Half a minute has been seen, on the debug kernel beside other guests.)
patience=600
poll() {
	local tries=0 deadline=$((SECONDS + patience))
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		# what has not come soon takes its time: looking for it is not to take that of what makes it come
		if [ $((tries += 1)) -lt 10 ]; then nap 0.05; else nap 0.2; fi
	done
}

# leaks: what the debug kernel finds that the module has allocated and nobody points to. It reports what two scans have
# found unchanged, and nothing that is younger than five seconds.
kmemleak=/sys/kernel/debug/kmemleak
! grep -qw kmemleak=off /proc/cmdline || kmemleak=/none
leaks() {
	sleep 5
	echo scan > "$kmemleak"
	echo scan > "$kmemleak"
	awk 'BEGIN { RS = "unreferenced object" } /\[dm_quorum\]/' "$kmemleak"
}

# kernel_log [MARK]: what the kernel has said since the test began, or since that mark, but for races of others. If it has
# said so much that the mark is lost, that is a complaint, as nobody knows what else is.
kernel_log() {
	dmesg --notime | awk -v mark="tests: ${1:-begin $$}" '
		found && (!/BUG: KCSAN:/ || /\[dm_quorum\]/)
		$0 == mark { found = 1 }
		END { if (!found) print "BUG: of the tests of dm-quorum: not in the log: " mark }'
}

mark_log() { echo "<6>tests: $1" > /dev/kmsg; }

# ---- Legs ------------------------------------------------------------------------------------------------------------

disks=()  # what the legs are on in the end: held by nobody when the test is over
legs=()   # what to give to a quorum table
devices=() # dm devices, in the order of their making
size=0    # sectors of a leg, and so of a quorum

dm() { dmsetup --noudevsync --verifyudev "$@"; }

# dm_create NAME TABLE
dm_create() {
	dm create "$1" --table "$2"
	devices+=("$1")
}

# dm_reload NAME TABLE: I/O in flight is waited for, nothing else is disturbed
dm_reload() {
	dm load "$1" --table "$2"
	dm resume "$1"
}

remove_devices() {
	local i
	for ((i = ${#devices[@]} - 1; i >= 0; i--)); do
		dm remove --retry "${devices[i]}" 2> "$work/said" || diag "$(cat "$work/said")"
	done
}

# loop_legs COUNT SECTORS: adds loop devices on files in memory. $work/diskN is what disk N holds.
loop_legs() {
	local n file
	size=$2
	for ((n = 0; n < $1; n++)); do
		file=$work/disk${#disks[@]}
		truncate -s $(($2 * 512)) "$file"
		legs+=("$(losetup --find --show "$file")")
		disks+=("${legs[-1]}")
	done
}

# partition LEG START SECTORS [START SECTORS...]: makes these partitions of a loop device: ${legs[LEG]}p1, p2, ...
partition() {
	local leg=$1 number entry=''
	losetup --detach "${legs[leg]}"
	shift
	for number; do
		# the one byte that tells the type, between first and last cylinder, then two numbers of 32 bits
		[ $((${#entry} / 4 % 16)) -ne 0 ] || entry+='\x00\x00\x00\x00\x83\x00\x00\x00'
		entry+=$(printf '\\x%02x' $((number & 255)) $((number >> 8 & 255)) $((number >> 16 & 255)) $((number >> 24 & 255)))
	done
	printf '%b' "$entry" | dd of="$work/disk$leg" bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$work/disk$leg" bs=1 seek=510 conv=notrunc status=none
	losetup --partscan "${legs[leg]}" "$work/disk$leg"
	poll test -b "${legs[leg]}p$(($# / 2))"
}

# null_blk_leg MEBIBYTES [ATTRIBUTE=VALUE...]: adds one, with memory behind it
null_blk_leg() {
	local name=nullb_test${#disks[@]} dir setting
	dir=/sys/kernel/config/nullb/$name
	modprobe null_blk nr_devices=0
	mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
	mkdir "$dir"
	echo 1 > "$dir/memory_backed"
	echo "$1" > "$dir/size"
	for setting in "${@:2}"; do echo "${setting#*=}" > "$dir/${setting%%=*}"; done
	echo 1 > "$dir/power"
	# up to 6.x the node is named after the index, later after the directory
	if [ ! -b "/dev/$name" ]; then name=nullb$(< "$dir/index"); fi
	poll test -b "/dev/$name"
	null_blks+=("$dir")
	legs+=("/dev/$name")
	disks+=("/dev/$name")
}
null_blks=()

remove_legs() {
	local disk dir
	for disk in ${disks[@]+"${disks[@]}"}; do
		[[ $disk != /dev/loop* ]] || losetup --detach "$disk"
	done
	for dir in ${null_blks[@]+"${null_blks[@]}"}; do rmdir "$dir"; done
}

# exclusive DEVICE...: nobody else holds it
exclusive() {
	perl -MFcntl -e 'for (@ARGV) { sysopen(my $f, $_, O_RDWR | O_EXCL) or die "$_: $!\n" }' "$@"
}

# dev_number DEVICE: as major:minor
dev_number() { stat -L -c '%Hr:%Lr' "$1"; }

# ---- Faults of a leg: a dm device between the quorum and the disk, told by reload what to do wrong -------------------

# wrap_legs: puts one, faultless, under each leg there is
wrap_legs() {
	local leg
	for leg in "${!legs[@]}"; do
		dm_create "leg$leg" "0 $size linear ${disks[leg]} 0"
		legs[leg]=/dev/mapper/leg$leg
	done
}

# heal LEG...
heal() {
	local leg
	for leg; do dm_reload "leg$leg" "0 $size linear ${disks[leg]} 0"; done
}

# fail_sectors LEG SECTOR...: reads and writes there give EIO
fail_sectors() {
	local leg=$1 sector at=0 table=''
	shift
	for sector; do
		[ "$sector" -eq "$at" ] || table+="$at $((sector - at)) linear ${disks[leg]} $at"$'\n'
		table+="$sector 1 error"$'\n'
		at=$((sector + 1))
	done
	[ "$at" -eq "$size" ] || table+="$at $((size - at)) linear ${disks[leg]} $at"$'\n'
	dm_reload "leg$leg" "$table"
}

# fail_writes LEG: writes and flushes give EIO, reads are fine
fail_writes() { dm_reload "leg$1" "0 $size flakey ${disks[$1]} 0 0 1 1 error_writes"; }

# ---- Reading and writing, past the page cache, one request a call ----------------------------------------------------

# pattern BYTE SECTORS, on stdout. BYTE as 0x32
pattern() { head -c $(($2 * 512)) /dev/zero | tr '\0' "\\$(printf %03o "$1")"; }

# pattern_file BYTE SECTORS: sets $pattern to a file that holds just that. It is made once: it costs two processes.
pattern_file() {
	pattern=$work/pattern-$(($1))-$2
	[ ! -e "$pattern" ] || return 0
	pattern "$1" "$2" > "$pattern.$BASHPID"
	mv "$pattern.$BASHPID" "$pattern"
}

# read_at DEVICE SECTOR SECTORS, to stdout. Of a file, too, whose filesystem may not know O_DIRECT
read_at() {
	local direct=direct,
	[ -b "$1" ] || direct=
	dd if="$1" bs=$(($3 * 512)) skip=$(($2 * 512)) count=1 iflag="${direct}skip_bytes,fullblock" status=none
}

# read_each DEVICE SECTOR...: these single sectors, as fast as one process can. What it reads and whether it fails does
# not matter.
read_each() {
	local device=$1 sector
	shift
	{
		printf 'fio version 2 iolog\n%s add\n%s open\n' "$device" "$device"
		for sector; do echo "$device read $((sector * 512)) 512"; done
		echo "$device close"
	} > "$work/iolog"
	fio --name=each --read_iolog="$work/iolog" --direct=1 --ioengine=sync --continue_on_error=all > "$work/said" 2>&1
}

# write_at DEVICE SECTOR SECTORS BYTE. On a disk (a file $work/diskN also does) it corrupts the leg
write_at() {
	local direct=,direct pattern
	[ -b "$1" ] || direct=
	pattern_file "$4" "$3"
	dd if="$pattern" of="$1" bs=$(($3 * 512)) seek=$(($2 * 512)) count=1 iflag=fullblock oflag="seek_bytes$direct" \
		conv=notrunc status=none
}

# flush DEVICE: an empty flush and nothing else
flush() { sync "$1"; }

# holds DEVICE SECTOR SECTORS BYTE: it can be read, and every byte is BYTE
holds() {
	local pattern
	pattern_file "$4" "$3"
	read_at "$1" "$2" "$3" | cmp - "$pattern"
}

# outcome COMMAND...: prints ok, or the error's name
outcome() {
	local said
	if said=$("$@" 2>&1 > /dev/null); then
		echo ok
		return
	fi
	case $said in
	*'Input/output error'*) echo EIO ;;
	*'multibyte'*) echo EILSEQ ;;
	*'No data available'*) echo ENODATA ;;
	*) echo "$said" ;;
	esac
}

# ---- The kernel's memory ---------------------------------------------------------------------------------------------

# slab_objects: how many of each size the kernel holds. What processors keep at hand is given back first, and what KASAN
# keeps, which counts as used.
slab_objects() {
	local cache
	for cache in /sys/kernel/slab/*; do
		[ -L "$cache" ] || echo 1 > "$cache/shrink"
	done
	awk '/^(kmalloc|bio)-/ { print $1, $2 }' /proc/slabinfo
}

# grown LEAST FILE...: of lines "NAME COUNT", those that have grown by so much at least in each file since the one before
grown() {
	awk -v least="$1" '
		FNR == 1 { files++ }
		{ count[files, $1] = $2; names[$1] }
		END {
			for (name in names) {
				said = name " " count[1, name]
				for (file = 2; file <= files && count[file, name] - count[file - 1, name] >= least; file++)
					said = said " " count[file, name]
				if (file > files) print said
			}
		}' "${@:2}"
}

# ---- Quorums ---------------------------------------------------------------------------------------------------------

# quorum_table THRESHOLD LEG... [-- OPTION...]: a table line for $size sectors. LEG is a device, device+offset, or -
quorum_table() {
	local line="0 $size quorum $1" count=0 words=''
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		if [[ $1 == *+* ]]; then words+=" ${1%+*} ${1##*+}"; else words+=" $1 0"; fi
		count=$((count + 1))
		shift
	done
	line+=" $count$words"
	shift || :
	[ $# -eq 0 ] || line+=" $# $*"
	echo "$line"
}

# quorum_create NAME THRESHOLD LEG... [-- OPTION...]
quorum_create() { dm_create "$1" "$(quorum_table "${@:2}")"; }

# quorum_reload NAME THRESHOLD LEG... [-- OPTION...]
quorum_reload() { dm_reload "$1" "$(quorum_table "${@:2}")"; }

message() { dmsetup message -- "$1" 0 "${@:2}"; }

# ---- Status ----------------------------------------------------------------------------------------------------------

status_words='threshold legs health synced_of_total sync_action mismatches no_quorum rewritten raced events_suppressed words_per_leg'
status_leg_words='dev mismatches read_errors write_errors rewritten'

# settle NAME: a reader may have its data before the legs that differ are judged; suspending the device waits for that.
# One that is suspended stays so.
settle() { ! dm suspend "$1" 2> /dev/null || dm resume "$1"; }

# status NAME WORD [LEG]: one word of the status, by its name above; of a leg, if one is given. Everything that has been
# read is judged by then.
status() {
	local words names i
	settle "$1"
	read -ra words <<< "$(dmsetup status "$1")"
	words=("${words[@]:3}")
	if [ $# -eq 2 ]; then
		read -ra names <<< "$status_words"
	else
		read -ra names <<< "$status_leg_words"
		words=("${words[@]:11 + $3 * ${words[10]}}")
	fi
	for i in "${!names[@]}"; do
		if [ "${names[i]}" = "$2" ]; then
			echo "${words[i]}"
			return
		fi
	done
	return 1
}

# counters NAME: what has been counted, as "mismatches no_quorum rewritten raced / leg 0's mismatches read_errors
# write_errors rewritten / leg 1's..."; all 0 on a device that has seen no fault
counters() {
	local words i
	settle "$1"
	read -ra words <<< "$(dmsetup status "$1")"
	words=("${words[@]:3}")
	printf '%s' "${words[*]:5:4}"
	for ((i = 11; i < 11 + words[1] * words[10]; i += words[10])); do printf ' / %s' "${words[*]:i + 1:4}"; done
	echo
}

# pace KIB: so many a second are what a walk does from now on, and no more
pace() { echo "$1" | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > /dev/null; }

# progress NAME: without disturbing what goes on, "<synced>/<total> <sync_action>"
progress() { dmsetup status "$1" | awk '{ print $7, $8 }'; }
# wait_idle NAME: until no walk goes on
is_idle() { [[ $(progress "$1") == *' idle' ]]; }
wait_idle() { poll is_idle "$1"; }

# ---- Events ----------------------------------------------------------------------------------------------------------

# record_events: from now on, by the process $monitor. Returns when the recorder is known to listen.
record_events() {
	: > "$work/events"
	udevadm monitor --kernel --property >> "$work/events" &
	# shellcheck disable=SC2034  # of tests that end it
	monitor=$!
	heard_mark
}

# forget_events: those recorded so far
forget_events() {
	heard_mark
	: > "$work/events"
}

# heard_mark: an event of our own making has been recorded; events are delivered in their order, so all that was sent
# before it has been, too
heard_mark() {
	local uuid tries deadline=$((SECONDS + patience))
	printf -v uuid '00000000-0000-0000-0000-%012d' $((${EPOCHREALTIME/./} % 10 ** 12))
	for ((tries = 0; SECONDS < deadline; tries++)); do
		# again now and then: the recorder may not listen yet
		[ $((tries % 50)) -ne 0 ] || echo "change $uuid" > /sys/class/mem/null/uevent
		if grep -q "^SYNTH_UUID=$uuid" "$work/events"; then return; fi
		nap 0.02
	done
	return 1
}

# each_event AWK-PROGRAM [KEY=VALUE...]: runs it for each event that has all these; its fields are lines, $line has those
# that begin with DM_, with tabs between them. One process, and not several that pass on what they have found.
each_event() {
	local program=$1 IFS=$'\n'
	shift
	awk -v want="$*" '
		BEGIN { RS = ""; FS = "\n"; n = split(want, wants, "\n") }
		!/\nDM_TARGET=quorum(\n|$)/ || $NF == "" { next }
		{
			split("", have)
			line = ""
			for (i = 2; i <= NF; i++)
				if ($i ~ /^DM_/) { have[$i] = 1; line = line (line == "" ? "" : "\t") $i }
			for (i = 1; i <= n; i++)
				if (wants[i] != "" && !(wants[i] in have)) next
		}
		function value(key,    i) {
			for (i = 2; i <= NF; i++) if (index($i, key "=") == 1) return substr($i, length(key) + 2)
			return ""
		}'"$program" "$work/events"
}

# quorum_events [KEY=VALUE...]: events that have all these, one a line, tabs between their KEY=VALUE
quorum_events() { each_event '{ print line }' "$@"; }

# event_count [KEY=VALUE...]
event_count() { each_event '{ count++ } END { print count + 0 }' "$@"; }

# event_values KEY [KEY=VALUE...]: of each event, in order; nothing for an event without
event_values() { each_event '("\t" line) ~ /\t'"$1"'=/ { print value("'"$1"'") }' "${@:2}"; }

# wait_events COUNT [KEY=VALUE...]: for at least so many
wait_events() { poll enough_events "$@"; }
enough_events() { [ "$(event_count "${@:2}")" -ge "$1" ]; }

# event_ranges [KEY=VALUE...]: the union of these events' ranges: "sector+sectors ..."
event_ranges() {
	each_event '
		value("DM_QUORUM_NR_SECTORS") != "" {
			sector = value("DM_QUORUM_SECTOR") + 0
			for (at = ++ranges; at > 1 && first[at - 1] > sector; at--) { first[at] = first[at - 1]; behind[at] = behind[at - 1] }
			first[at] = sector
			behind[at] = sector + value("DM_QUORUM_NR_SECTORS")
		}
		END {
			for (at = 1; at <= ranges; at++) {
				if (at > 1 && first[at] <= end) { if (behind[at] > end) end = behind[at]; continue }
				if (at > 1) printf "%d+%d ", start, end - start
				start = first[at]
				end = behind[at]
			}
			if (ranges) printf "%d+%d\n", start, end - start
		}' "$@"
}

# last_event NAME LEG: fails the leg and waits for the event that says so, the last one. Prints its number: what was
# told before it and what was suppressed add up to one less. No wait of any length could show that nothing more comes.
last_event() {
	message "$1" fail "$2"
	wait_events 1 DM_ACTION=QUORUM_LEG_FAILED "DM_QUORUM_LEG=$2"
	event_values DM_SEQNUM DM_ACTION=QUORUM_LEG_FAILED "DM_QUORUM_LEG=$2" | tail -n 1
}

udevd='udevd|\(udev-w'
udevd_gone() { ! pgrep "$udevd" > /dev/null; }

# no_faults: none strikes, as in the beginning. Each test sets the other attributes of those that it uses
no_faults() {
	local fault device
	for fault in /sys/kernel/debug/fail*; do
		[ -e "$fault/probability" ] || continue
		echo 0 > "$fault/probability"
		echo 1 > "$fault/interval"
		echo 1 > "$fault/times"
		echo 0 > "$fault/task-filter"
	done
	for device in /sys/block/*/make-it-fail; do
		[ ! -e "$device" ] || echo 0 > "$device"
	done
}

# ---- The stage -------------------------------------------------------------------------------------------------------

work=$(mktemp -d)
trap finish EXIT
trap 'died_at="${BASH_SOURCE[0]}:$LINENO: $BASH_COMMAND"' ERR
mark_log "begin $$"
modprobe -a loop
# udev would read new devices, and read them again after every write: the tests count what is read. Asked to stop its
# queue, it may still read one; asked to exit, it may take half a minute.
pkill -KILL "$udevd" || :
poll udevd_gone
rm -f /run/udev/queue
# what another test in this guest may have left: to the rules, these disks would be the legs that its lines name
rm -rf /etc/quorumtab /var/lib/dm-quorum/*
no_faults
# it scans when it is asked to, and takes nobody's time before
[ ! -e "$kmemleak" ] || echo scan=off > "$kmemleak"
modprobe dm-quorum

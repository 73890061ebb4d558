#!/bin/bash
# A tour of dm-quorum on real files, for `make demo`: what happens when disks return wrong data, and what happens to a
# RAID1 in the same place. Runs as root in a guest of tests/vm/run. Nothing is printed that has not been checked; the
# first thing that is not as told ends the tour with status 1.
set -euo pipefail

work=$(mktemp -d)
mnt=$work/mnt
events=$work/events
syslog=/var/log/syslog
disk_mib=64
places=3 # damaged on each of two disks; up to four events in a row are not held back
step=0

title() { printf '\n%d. %s\n' "$((step += 1))" "$*"; }
tell() { printf '   %s\n' "$@"; }
show() { sed 's/^/     | /'; }
wrong() {
	printf '\nNOT AS TOLD: %s\n' "$*"
	exit 1
}
# until_true SECONDS COMMAND...: COMMAND becomes true in time, or the tour ends
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || wrong "waited in vain for: $*"
		sleep 0.1
	done
}

clean_up() {
	[ -z "${monitor-}" ] || kill "$monitor" 2> /dev/null || :
	umount "$mnt" 2> /dev/null || :
	dmsetup remove demo 2> /dev/null || :
	mdadm --quiet --stop /dev/md/demo 2> /dev/null || :
	[ ${#disks[@]} -eq 0 ] || losetup -d "${disks[@]}" 2> /dev/null || :
	rm -rf "$work"
}
disks=()
trap clean_up EXIT

# make_disks NAME: sets $disks to three new, empty disks
make_disks() {
	local i
	disks=()
	for i in 1 2 3; do
		truncate -s "${disk_mib}M" "$work/$1$i"
		disks+=("$(losetup --find --show "$work/$1$i")")
	done
}

# fill DEVICE: puts a filesystem on it, copies the files there, writes down their SHA-256
fill() {
	mkfs.ext4 -q -F -b 4096 "$1"
	mkdir -p "$mnt"
	mount "$1" "$mnt"
	mkdir "$mnt/files"
	cp "${files[@]}" "$mnt/files/"
	sync
	(cd "$mnt/files" && sha256sum -- *) > "$work/sums"
}

# block_of NAME: where on the device the file's second block is, in blocks of 4 KiB
block_of() {
	filefrag -b4096 -v "$mnt/files/$1" |
		awk '$1 == "0:" { sub(/\.\..*/, "", $4); print $4 + 1; found = 1 } END { exit !found }'
}

# garbage DISK BLOCK: overwrites one block of one disk behind the device's back
garbage() { dd if=/dev/urandom of="$1" bs=4096 count=1 seek="$2" oflag=direct conv=notrunc status=none; }

# damage DISK FIRST: one block of $places files each, beginning with the FIRSTth; tells where
damage() {
	local i name block
	for ((i = $2; i < $2 + places; i++)); do
		name=${victims[i]}
		block=$(block_of "$name")
		garbage "$1" "$block"
		tell "  $1: sectors $((block * 8)) to $((block * 8 + 7)), where the file $name is"
		damaged["$block"]=$1
	done
}

# read_back: every file is read from the disks again; sets $bad to the number of those that are not what they were
read_back() {
	echo 3 > /proc/sys/vm/drop_caches
	(cd "$mnt/files" && sha256sum --quiet -c "$work/sums") > "$work/result" 2> "$work/errors" || :
	bad=$(grep -c ': FAILED' "$work/result" || :)
}

status_word() { dmsetup status demo | awk -v n="$1" '{ print $n }'; }
# events_with PATTERN...: how many of the events seen so far have all these lines
events_with() { awk -v RS= -v want="$*" 'BEGIN { n = split(want, w, " ") } { for (i = 1; i <= n; i++) if (("\n" $0 "\n") !~ "\n" w[i] "\n") next; c++ } END { print c + 0 }' "$events"; }
judged() { [ "$(status_word 9)" -ge "$1" ]; } # a reader does not wait until it is known who was wrong
have_events() { [ "$(events_with "${@:2}")" -ge "$1" ]; }
handler_lines() { grep -c "dm-quorum: demo: $1" "$syslog" || :; }
have_lines() { [ "$(handler_lines "$2")" -ge "$1" ]; }

# a line for each event, and not one for many
mkdir -p /etc/dm-quorum
echo INTERVAL=0 > /etc/dm-quorum/events.conf
modprobe -a loop dm_quorum
mapfile -t files < <(find /usr/bin /usr/sbin /usr/lib/x86_64-linux-gnu -maxdepth 1 -type f -size +24k -size -2048k | sort |
	awk -F/ '!seen[$NF]++' | head -n 150)
mapfile -t victims < <(printf '%s\n' "${files[@]##*/}" | awk 'NR % 12 == 3')
[ ${#victims[@]} -gt $((2 * places)) ] || wrong "this system has too few files for the tour"

echo "dm-quorum: what if a disk returns wrong data, and says nothing?"

# --- a quorum device with files on it
make_disks q
table="0 $((disk_mib * 2048)) quorum 2 3 ${disks[0]} 0 ${disks[1]} 0 ${disks[2]} 0"
dmsetup create demo --table "$table"
dev=/dev/mapper/demo
title "Three disks of $disk_mib MiB become one device, $dev:"
tell "  dmsetup create demo --table '$table'"
tell "(The disks are files that loop devices present as disks; sizes and places are in sectors of 512 bytes.)" \
	"Every write goes to all three disks. Every read is read from all three, and they vote: at least 2 of" \
	"the 3 must hold the same bytes. The disks themselves get no extra data: each is a plain copy."

fill $dev
total=$(wc -l < "$work/sums")
title "An ext4 filesystem on it, and $total real files ($(du -sm "$mnt/files" | cut -f1) MiB) from this system's /usr."
tell "The SHA-256 of each file is written down. The device's status is now:"
dmsetup status demo | show
tell "AAA: all three disks are in order. The first 0 after 'idle': no disk has lost a vote so far."
[ "$(status_word 6) $(status_word 9)" = 'AAA 0' ] || wrong 'the status before any damage'

udevadm monitor --kernel --property --subsystem-match=block > "$events" &
monitor=$!
until_true 120 grep -q KERNEL "$events"
before=$(handler_lines '')
title "Now the first disk is damaged behind the device's back, 4 KiB of garbage in $places places:"
declare -A damaged=()
damage "${disks[0]}" 0
tell "and the second disk, in $places other places:"
damage "${disks[1]}" "$places"
[ ${#damaged[@]} -eq $((2 * places)) ] || wrong 'the places are all different'

read_back
[ "$bad$(< "$work/errors")" = 0 ] || wrong "$bad files differ after damage to single disks"
title "All caches are dropped, and every file is read back from the disks:"
tell "all $total files have the SHA-256 that was written down. The readers did not notice anything."

until_true 120 judged $((2 * places))
title "But the administrator does. The status has counted each damaged block, at the disk that holds it:"
dmsetup status demo | show
[ "$(status_word 9)" = $((2 * places)) ] || wrong "$((2 * places)) lost votes"
[ "$(status_word 16) $(status_word 21) $(status_word 26)" = "$places $places 0" ] || wrong 'lost votes by disk'
[ "$(status_word 10)" = 0 ] || wrong 'there was always a winner'
tell "$((2 * places)) lost votes: $places by ${disks[0]}, $places by ${disks[1]}, none by ${disks[2]}."
for leg in 0 1; do until_true 120 have_events "$places" DM_ACTION=QUORUM_REPORT_BAD "DM_QUORUM_LEG=$leg"; done
[ "$(events_with DM_ACTION=QUORUM_REPORT_BAD)" = $((2 * places)) ] || wrong "$((2 * places)) events"
for block in "${!damaged[@]}"; do
	leg=0
	[ "${damaged[$block]}" = "${disks[0]}" ] || leg=1
	[ "$(events_with "DM_QUORUM_LEG=$leg" "DM_QUORUM_SECTOR=$((block * 8))" DM_QUORUM_NR_SECTORS=8 DM_QUORUM_VOTES=2/3)" = 1 ] ||
		wrong "one event for leg $leg, sector $((block * 8))"
done
tell "And for each of them the kernel has sent an event, with the exact place. This is one, as udevadm monitor shows it:"
awk -v RS= '/DM_ACTION=QUORUM_REPORT_BAD/ { print; exit }' "$events" | grep -E '^DM_(ACTION|NAME|SEQNUM|QUORUM)' | show
until_true 120 have_lines $((before + 2 * places)) 'leg [01] .* lost the vote'
tell "udev hands each event to scripts of your choice. One of ours has written $((2 * places)) lines to the system's log:"
grep 'dm-quorum: demo: leg' "$syslog" | sed -n '1s/.*dm-quorum: //p' | cut -c 1-150 | show

# --- no majority
victim=${victims[2 * places]}
block=$(block_of "$victim")
garbage "${disks[0]}" "$block"
garbage "${disks[2]}" "$block"
title "What if two disks are damaged in the same place, where the file $victim is?"
tell "${disks[0]} and ${disks[2]} each get other garbage there, so now all three differ and nobody can tell which is right."
read_back
[ "$(< "$work/result")" = "$victim: FAILED open or read" ] || wrong "exactly $victim cannot be read"
if cat "$mnt/files/$victim" > /dev/null 2> "$work/errors"; then wrong "$victim cannot be read"; fi
tell "The reader gets an error, not a guess:"
sed "s,$mnt/,," "$work/errors" | show
tell "The other $((total - 1)) files are still as they were. This was announced as more serious:"
until_true 120 have_events 1 DM_ACTION=QUORUM_FAILURE "DM_QUORUM_VOTES=1/3"
until_true 120 have_lines 1 'no quorum'
grep 'dm-quorum: demo: no quorum' "$syslog" | sed -n '1s/.*dm-quorum: //p' | cut -c 1-150 | show
until_true 120 judged $((4 * places))
tell "and the status counts it in the word after the lost votes:"
dmsetup status demo | show
[ "$(status_word 10)" -ge 1 ] || wrong 'the failure is counted'
[ "$(status_word 16) $(status_word 21) $(status_word 26)" = "$((2 * places)) $((2 * places)) 0" ] || wrong 'lost votes by disk, after two readings'
tell "No disk is blamed for it, because who is wrong there is not known: ${disks[2]} still has not lost a vote." \
	"(The others have lost theirs a second time, as all files were read a second time and nobody has repaired them.)"

umount "$mnt"
dmsetup remove demo
losetup -d "${disks[@]}"

# --- the same on md RAID1
make_disks r
mdadm --quiet --create /dev/md/demo --run --level=1 --raid-devices=3 --metadata=1.0 --bitmap=none --assume-clean "${disks[@]}" 2> "$work/errors" ||
	wrong "mdadm: $(< "$work/errors")"
fill /dev/md/demo
title "For comparison: an md RAID1 of three such disks, the same files, and then the same damage:"
damaged=()
damage "${disks[0]}" 0
damage "${disks[1]}" "$places"
read_back
if grep -q 'FAILED open or read' "$work/result"; then wrong 'RAID1 reports no error'; fi
[ "$bad" -gt 0 ] || wrong 'RAID1 returns wrong data'
title "All files are read back from the RAID1: no error at all, but $bad of the files are not what they were:"
show < "$work/result"
state=$(< "/sys/block/$(basename "$(readlink -f /dev/md/demo)")/md/array_state") # clean or active
failed=$(mdadm --detail /dev/md/demo | awk -F: '/Failed Devices/ { print $2 + 0 }')
[ "$failed" = 0 ] || wrong 'RAID1 has no failed disk'
tell "RAID1 reads from whichever copy is convenient and has nothing to compare it with." \
	"It says that it is $state, and that $failed of its disks have failed."

title "What to try next:"
tell "make check                                 all tests, on every supported kernel" \
	"dmsetup message NAME 0 list_mismatches     the places that lost a vote lately" \
	"dmsetup wait NAME                          returns at the next event" \
	"/etc/dm-quorum/events.d/                   for scripts of your own that handle events" \
	"Documentation/                             every word of the table, the status, the messages and the events"
echo
echo "Everything above was checked as it happened."

#!/bin/bash
# takes 20 s
# P2: a device has another table for a moment before /etc/quorumtab says so. If the tool or the machine stops then, the next
# start makes the device of its old leg: that does not vote before it has been filled. Nothing of that is left if the table
# stays.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"

state=/var/lib/dm-quorum/q
mkdir -p "${state%/*}"
rm -f /run/dm-quorum/q.heeded
# stopped FAULT COMMAND...: quorumsetup with these words, and this fault of a system call
stopped() {
	local fault=$1
	shift
	DM_DISABLE_UDEV=1 strace -qq -o "$work/strace" -e "inject=$fault" quorumsetup "$@"
}
# the first one puts the note in its place, the second one the line
before_the_line=rename:error=EROFS:when=2
health() { dmsetup status q | awk '{ print $6 }'; }
in_sync() { [ "$(health)" = "$1" ]; }
behind() { grep ^behind "$state" | cut -d ' ' -f 2 | paste -sd ' '; }
# starts_again: the device is made of its line; leg 1 is not believed, and filled
starts_again() {
	ok 'the device is closed' quorumsetup close q
	ok 'and made again' quorumsetup assemble q
	ok 'leg 1 is filled' poll in_sync AAA
	ok 'it has what it missed' holds "$work/disk1" 0 8 "$1"
	is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody was blamed'
	ok 'all is noted' quorumsetup remember q
	is "$(behind)" '' 'no leg is behind'
}

loop_legs 4 2048
line="q ${legs[0]},${legs[1]},${legs[2]}"
echo "$line" > /etc/quorumtab
ok 'the device is made' quorumsetup assemble q
devices+=(q)
ok 'it is written' write_at /dev/mapper/q 0 2048 0x11
is "$(health) $(behind)" 'AAA ' 'and no leg is behind'

cp "$state" "$work/state"
table=$(dmsetup table q)
fails 'a leg that is to be replaced' stopped mlockall:error=ENOMEM replace --force q 1 "${legs[3]}"
like "$(cat "$work/said")" 'cannot lock memory' 'cannot be'
is "$(dmsetup table q)" "$table" 'the table is what it was'
ok 'and so is what is noted' cmp "$state" "$work/state"

# held_up WORDS: a quorumsetup with these words is, until let_go
held_up() { target=$(pgrep -fx "quorumsetup $1") && grep -q '^State:.*[tT]' "/proc/$target/status"; }
let_go() { kill -CONT "$target"; }

# --- the same, and a leg fails meanwhile
stopped mlockall:error=ENOMEM:signal=STOP replace --force q 1 "${legs[3]}" 2> "$work/said" &
changer=$!
ok 'a leg is to be replaced' poll held_up 'replace .*'
waits() { [ "$(dmsetup info -c --noheadings -o tables_loaded q)" = Both ]; }
ok 'the new table waits' poll waits
quorumsetup fail q 2
ok 'a leg fails' quorumsetup remember
is "$(health) $(behind)" "AAD ${legs[1]} ${legs[3]}" 'and it is left to who changes the device to note it'
let_go
wait $changer && status=0 || status=$?
is "$status $(dmsetup table q)" "1 $table" 'who fails'
is "$(behind)" "${legs[2]}" 'and notes it'
quorumsetup restore --wait q 2
quorumsetup remember q
is "$(health) $(behind)" 'AAA ' 'it is in sync again'

# --- stopped when the new table waits
echo "behind ${legs[1]}" >> "$state"
dmsetup reload q --table "${table/"$(dev_number "${legs[1]}")"/"$(dev_number "${legs[3]}")"}"
ok 'what is noted of a leg' quorumsetup remember
is "$(health) $(behind)" "AAA ${legs[1]}" 'stays while another table waits'
dmsetup clear q
ok 'and when that is given up' quorumsetup remember
is "$(behind)" '' 'is forgotten'

# --- two events, one while the other is being noted
rm "$state"
stopped fsync:signal=STOP:when=1 remember q &
noter=$!
ok 'it is being noted that all are in sync' poll held_up 'remember q'
quorumsetup fail q 2
quorumsetup remember q &
second=$!
nap 1
ok 'then a leg fails, and that waits to be noted' kill -0 $second
let_go
ok 'the first has noted what it saw' wait $noter
ok 'and the other what has happened since' wait $second
is "$(behind)" "${legs[2]}" 'which is what stays'
quorumsetup restore --wait q 2
quorumsetup remember q
is "$(health) $(behind)" 'AAA ' 'it is in sync again'

# --- killed
stopped "$before_the_line:signal=KILL" replace --force q 1 "${legs[3]}" > "$work/said" 2>&1 && status=0 || status=$?
is "$status" 137 'a replacement is killed'
is "$(cat /etc/quorumtab)" "$line" 'the line has the old leg'
like "$(dmsetup table q)" " $(dev_number "${legs[0]}") 0 $(dev_number "${legs[3]}") 0 " 'the device has the new one'
ok 'which is filled' poll in_sync AAA
fails 'an event changes nothing about it' quorumsetup remember
is "$(behind)" "${legs[1]} ${legs[3]}" 'both are noted'
ok 'it is written' write_at /dev/mapper/q 0 8 0x22
ok 'which the old leg misses' holds "$work/disk1" 0 8 0x11
starts_again 0x22

# --- no room, or the like
fails 'a leg is taken out' stopped "$before_the_line" remove q 1
like "$(cat "$work/said")" 'q has been changed, but not all that makes it at the next start' 'the line cannot be written'
is "$(cat /etc/quorumtab)" "$line" 'it has that leg'
is "$(health) $(behind)" "AA ${legs[1]}" 'the device has not, which is noted'
quorumsetup fail q 1
fails 'what another leg misses' quorumsetup remember
is "$(health) $(behind)" "AD ${legs[1]} ${legs[2]}" 'is noted all the same'
quorumsetup restore --wait q 1
echo "behind ${legs[1]}" > "$state"
ok 'it is written' write_at /dev/mapper/q 0 8 0x33
starts_again 0x33

# --- what the line cannot say is not done
quorumsetup fail q 2
ok 'a leg that has failed is left out' quorumsetup threshold q 2
is "$(health) $(cat /etc/quorumtab)" "AA- $line" 'the line has it still'
ok 'which is noted' quorumsetup remember q
cp "$state" "$work/state"
table=$(dmsetup table q)
fails 'its disk as another leg' quorumsetup add --force q "${legs[2]}"
like "$(cat "$work/said")" 'quorumtab line 1: .* is a leg twice' 'would be in the line twice'
is "$(dmsetup table q)" "$table" 'the table is what it was'
ok 'and so is what is noted' cmp "$state" "$work/state"
ok 'as this leg it comes back' quorumsetup replace --force --wait q 2 "${legs[2]}"
is "$(health) $(cat /etc/quorumtab)" "AAA $line" 'in sync'
done_testing

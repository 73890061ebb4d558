#!/bin/bash
# What edits /etc/quorumtab changes one part of one line and no other byte, keeps owner and mode, and changes nothing at all
# if the line would not be in order any more. Before a leg changes it is noted which are not to be trusted until the line
# says the same: the old one, and the new one, unless there is a log, which knows of that.
# Runs on the host.
. "$(dirname "$0")/lib.sh"
mkdir "$work/etc" "$work/state"
tab=$work/etc/quorumtab
compile edit "-DTAB_PATH=\"$tab\"" "-DSTATE_DIRECTORY=\"$work/state\"" \
	tests/unit/tab-edit-test.c utils/{tab-edit,tab,state,table,util}.c

# The file has bytes that no parser would write again as they are, and does not end with a newline
before=$'# comment\t \n\n  data \t /dev/a,/dev/b\\054,/dev/c   threshold=2,spare=/dev/s,nofail,spare=/dev/t '
before+=$'\nbare /dev/1,/dev/2,/dev/3,/dev/4\nnone /dev/5,/dev/6,/dev/7,/dev/8 -'
before+=$'\nb,d line\nmore /dev/x,/dev/y log=disk:/dev/l:8'
# edited NAME FROM TO WORDS...: with these words, FROM becomes TO once, and all else stays
edited() {
	local name=$1 wanted=${before/"$2"/"$3"} inode
	shift 3
	printf %s "$before" > "$tab"
	chmod 640 "$tab"
	inode=$(stat -c %i "$tab")
	"$work/edit" "$@" 2> "$work/said"
	is "$? $(cat "$tab"; echo .)" "0 $wanted." "$name"
	if [ "$wanted" = "$before" ]; then
		is "$(stat -c %i "$tab")" "$inode" 'it is not even written'
	else
		is "$(stat -c '%a %u' "$tab") $(ls -A "$work/etc")" "640 $EUID quorumtab" 'mode and owner are kept, nothing is left over'
	fi
}
edited 'a leg is replaced' /dev/c /dev/n leg data 2 /dev/n
edited 'the first one' /dev/a /dev/n leg data 0 /dev/n
edited 'by a path with a comma, a blank and a backslash' /dev/a '/dev/n\054\040\134x20' leg data 0 '/dev/n, \x20'
edited 'by one that is absent' '/dev/b\054' - leg data 1 -
edited 'a leg is added' '/dev/c ' '/dev/c,/dev/n ' leg data 3 /dev/n
edited 'a leg is removed' '/dev/b\054,' '' leg data 1 ''
edited 'the last one' ',/dev/c' '' leg data 2 ''
edited 'a leg of the last line' /dev/y /dev/n leg more 1 /dev/n
edited 'there is no such leg' x x leg data 4 /dev/n
edited 'there is no such device' x x leg other 0 /dev/n
edited 'a spare is used' '/dev/c   threshold=2,spare=/dev/s,' '/dev/s   threshold=2,' leg data 2 /dev/s
edited 'the last one' '/dev/c   threshold=2,spare=/dev/s,nofail,spare=/dev/t' '/dev/t   threshold=2,spare=/dev/s,nofail' \
	leg data 2 /dev/t
edited 'there are no options' /dev/1 /dev/s leg bare 0 /dev/s
edited 'the threshold' 'threshold=2,spare=/dev/s,nofail,spare=/dev/t' \
	'spare=/dev/s,nofail,spare=/dev/t,threshold=3' leg data -1 '' 3
edited 'it is what it was' x x leg data -1 '' 2
edited 'one more option' log=disk:/dev/l:8 log=disk:/dev/l:8,threshold=1 leg more -1 '' 1
edited 'the only option' /dev/4 '/dev/4 threshold=2' leg bare -1 '' 2
edited 'no option before' '/dev/8 -' '/dev/8 threshold=2' leg none -1 '' 2
edited 'a leg is removed, and the threshold is lower' '/dev/x,/dev/y log=disk:/dev/l:8' \
	'/dev/y log=disk:/dev/l:8,threshold=1' leg more 0 '' 1
edited 'a leg is added, and the threshold is higher' '/dev/x,/dev/y log=disk:/dev/l:8' \
	'/dev/x,/dev/y,/dev/n log=disk:/dev/l:8,threshold=3' leg more 2 /dev/n 3
edited 'one that is what more than half of the legs are, then' '/dev/x,/dev/y ' '/dev/x,/dev/y,/dev/n ' leg more 2 /dev/n 2
edited 'nothing is changed on trial' x x try data 2 /dev/s 3

# refused NAME WANTED WORDS...: nothing is changed with these words, and this is why, neither on trial
refused() {
	local name=$1 wanted=$2 how
	shift 2
	printf %s "$before" > "$tab"
	for how in try leg; do
		"$work/edit" $how "$@" 2> "$work/said"
		is "$? $(cat "$tab"; echo .)$(cat "$work/said")" "1 $before.edit: $tab line $wanted" "$name ($how)"
	done
}
refused 'a path that another leg has there' '3: /dev/a is a leg twice' data 2 /dev/a
refused 'a path that no line can have' "3: \"\" is no path of a leg" data 2 $'/dev/\nn'
before=${before/threshold=2/threshold=4}
refused 'a line that is not in order' '3: a threshold of 4 with 3 legs' data 2 /dev/n
before=${before/threshold=4/threshold=2}
printf %s "$before" > "$tab"

# noted NAME WANTED WORDS...: with these words, that is what is known of the device "data", with "-" between the lines
noted() {
	local name=$1 wanted=$2
	shift 2
	"$work/edit" "$@" 2> "$work/said"
	is "$? $(sed 1d "$work/state/$2" | paste -sd -)" "0 $wanted" "$name"
}
is "$(ls "$work/state")" '' 'nothing has been noted so far'
noted 'before a leg is replaced, it and the new one are noted' 'size 0-behind /dev/c-behind /dev/n' changes data 2 /dev/n
printf '# x\nsize 8\nbehind /dev/a\n' > "$work/state/data"
noted 'before one is added, that' 'size 8-behind /dev/a-behind /dev/n' changes data 3 /dev/n
noted 'before one is taken out, that, and nothing that the line has not got' \
	'size 8-behind /dev/a-behind /dev/b,' changes data 1
noted 'a leg that is filled anew, once' 'size 8-behind /dev/a-behind /dev/b,' changes data 0 /dev/a
noted 'all is as before if nothing changes' 'size 8-behind /dev/a-behind /dev/b,' stays data 2 /dev/n
rm "$work/state/data"
noted 'also if nothing was noted' 'size 0' stays data 2 /dev/n
noted 'a log knows of the new leg, and not of the old one' 'size 0-behind /dev/x' changes more 0 /dev/n
"$work/edit" changes other 0 /dev/n
is "$? $(cd "$work/state" && echo *)" '0 data more' 'of another device nothing is noted'

printf 'one /dev/a spare=/dev/b\n' > "$tab"
"$work/edit" leg one 0 /dev/b
is "$(cat "$tab")" 'one /dev/b -' 'no option is left'
"$work/edit" leg one 0 '' 2> "$work/said"
is "$? $(cat "$tab")" '1 one /dev/b -' 'the last leg is not removed'
printf 'two /dev/a,/dev/b threshold=2\n' > "$tab"
"$work/edit" leg two 1 '' 2> "$work/said"
is "$? $(cat "$tab")" '1 two /dev/a,/dev/b threshold=2' 'nor one without which the line would not be in order'
is "$(cat "$work/said")" "edit: $tab line 1: a threshold of 2 with 1 legs" 'which is told'
mv "$tab" "$work/elsewhere"
ln -s "$work/elsewhere" "$tab"
"$work/edit" leg two 1 /dev/c
is "$(readlink "$tab") $(cat "$work/elsewhere")" "$work/elsewhere two /dev/a,/dev/c threshold=2" 'a link stays one'
rm "$tab"
"$work/edit" leg two 1 /dev/c
is "$? $(ls "$work/etc")" '0 ' 'without the file nothing is done'
done_testing

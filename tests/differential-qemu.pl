#!/usr/bin/perl
# differential-qemu.pl DIR SEED STEPS LEGS THRESHOLD [rewrite|blkverify]: does the same to a quorum device, /dev/mapper/q,
# and to QEMU's quorum driver, on legs of their own, and compares after each step what a read has returned, what the legs
# hold, and which of them were reported. The steps are random, all of them follow from SEED: writes, zeroes, damage to a
# leg behind the quorum's back, sectors of a leg that cannot be read any more or can again, and reads.
# The legs are /dev/mapper/legN over the files DIR/diskN: those from 0 on are the device's, those from 5 on are QEMU's.
#
# The device has to do what Documentation/dm-quorum.rst says, always. QEMU has to do the same, but where it is known not to:
# there it has to do just what is known of it. Tells how often that was. Documentation/qemu.md says more about each.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Errno qw(EIO EILSEQ);
use Fcntl;
use Time::HiRes qw(sleep);
use aio;
use dm;
use qemu;

use constant { SECTORS => 32, BLOCK => 8, QEMUS => 5, PWRITE => 18, BLKZEROOUT => 0x127f };

my ($dir, $seed, $steps, $nr_legs, $threshold, $mode) = @ARGV;
my $rewrite = ($mode //= '') eq 'rewrite';
my $blkverify = $mode eq 'blkverify';
my @legs = 0 .. $nr_legs - 1;
srand $seed;

# ---- The legs --------------------------------------------------------------------------------------------------------

my (@file, @leg, @unreadable);
for my $disk (@legs, map { QEMUS + $_ } @legs) {
	sysopen $file[$disk], "$dir/disk$disk", O_RDWR or die "$dir/disk$disk: $!\n";
}

# What is on a leg of the device, or, from QEMUS on, of QEMU; and to change it behind their backs
sub on_disk {
	my $disk = $_[0];
	sysseek $file[$disk], 0, 0;
	sysread $file[$disk], my $data, SECTORS * 512;
	return $data;
}
sub put_on_disk {
	my ($disk, $sector, $data) = @_;
	sysseek $file[$disk], $sector * 512, 0;
	syswrite($file[$disk], $data) == length $data or die "disk$disk: $!\n";
}

# $leg[LEG] is what should be on it, for both; $unreadable[LEG]{SECTOR} is set where it fails
sub put { substr $leg[$_[0]], $_[1] * 512, length $_[2], $_[2] }
sub part { substr $leg[$_[0]], $_[1] * 512, ($_[2] - $_[1]) * 512 }

# first_line(FILE)
sub first_line {
	open my $file, '<', $_[0] or die "$_[0]: $!\n";
	chomp(my $line = <$file>);
	return $line;
}
# the loop device of each file, as major:minor
my %loop = map { first_line($_) => first_line(s{loop/backing_file$}{dev}r) } glob '/sys/block/loop*/loop/backing_file';

# fault(LEG): makes what cannot be read fail
sub fault {
	my $leg = $_[0];
	for my $disk ($leg, QEMUS + $leg) {
		my $device = $loop{"$dir/disk$disk"};
		my @table;
		for my $sector (0 .. SECTORS - 1) {
			my $bad = $unreadable[$leg]{$sector} // 0;
			if (@table && $table[-1]{bad} == $bad) { $table[-1]{count}++ }
			else { push @table, { bad => $bad, start => $sector, count => 1 } }
		}
		dm::reload("leg$disk", map {
			my $from = "$device $_->{start}";
			[$_->{start}, $_->{count}, $_->{bad} ? ('flakey', "$from 0 1 1 error_reads") : ('linear', $from)];
		} @table);
	}
}

my $written = 0;
# sectors(TEXT, SECTOR, COUNT): so many, each of which says what and where it is
sub sectors {
	my ($text, $sector, $count) = @_;
	return join '', map { pack 'a512', "$text in $_" } $sector .. $sector + $count - 1;
}

# ---- What should come of a read --------------------------------------------------------------------------------------

# Legs that can read these sectors
sub able {
	my ($from, $to) = @_;
	return grep { my $leg = $_; !grep { $unreadable[$leg]{$_} } $from .. $to - 1 } @legs;
}

# versions(FROM, TO, LEG...): the groups of those that hold the same there, the largest first
sub versions {
	my ($from, $to, @voters) = @_;
	my %holders;
	push @{$holders{part($_, $from, $to)}}, $_ for @voters;
	return sort { @$b <=> @$a || $a->[0] <=> $b->[0] } values %holders;
}

# winner(FROM, TO, LEG...): the group that has won
sub winner {
	my @groups = versions(@_);
	return if !@groups || @{$groups[0]} < $threshold || @groups > 1 && @{$groups[1]} == @{$groups[0]};
	return $groups[0];
}

sub others {
	my ($not, @of) = @_;
	my %not = map { $_ => 1 } @$not;
	return grep { !$not{$_} } @of;
}
sub text { join ' ', sort { $a <=> $b } @_ }

# As dm-quorum.rst has it: a vote for each sector. Legs that fail a request have no vote in it, unless there would be no
# winner in a block then: each block is asked for alone, and where that does not help, each sector.
sub device_should {
	my ($first, $end) = @_;
	my @able = able($first, $end);
	my %blamed = map { $_ => 1 } others(\@able, @legs);
	my @blocks = map { [$_, $_ - $_ % BLOCK + BLOCK < $end ? $_ - $_ % BLOCK + BLOCK : $end] }
		grep { $_ == $first || $_ % BLOCK == 0 } $first .. $end - 1;
	my $alone = %blamed && $end - $first > 1 && grep { !winner(@$_, @able) } @blocks;
	my ($data, %errors, @after) = '';
	for my $block (@blocks) {
		my ($from, $to) = @$block;
		my @voters = $alone ? able($from, $to) : @able;
		my $singly = $alone && @voters < @legs && !winner($from, $to, @voters);
		my ($best, %losers) = '';
		for my $sector ($from .. $to - 1) {
			my @here = $singly ? able($sector, $sector + 1) : @voters;
			my $winner = winner($sector, $sector + 1, @here);
			if (!$winner) {
				$errors{@here < $threshold ? EIO : EILSEQ} = 1;
				undef $best;
				next;
			}
			$blamed{$_} = $losers{$_} = 1 for others($winner, @here);
			$best .= part($winner->[0], $sector, $sector + 1) if defined $best;
		}
		next if !defined $best;
		$data .= $best;
		push @after, map { [$_, $from, $best] } keys %losers if $rewrite;
	}
	return { data => %errors ? undef : $data, errors => \%errors, blamed => text(keys %blamed), after => \@after };
}

# As QEMU does it: one vote on the request, without the legs that fail it. Of several versions with the most votes, one
# wins: each is a possible outcome.
sub qemu_may {
	my ($first, $end) = @_;
	my @able = able($first, $end);
	my @groups = versions($first, $end, @able);
	my @failed = others(\@able, @legs);
	return { data => undef, blamed => text(@failed), after => [] } if @able < $threshold || @{$groups[0]} < $threshold;
	return map {
		my $best = part($_->[0], $first, $end);
		my @losers = others($_, @able);
		{ data => $best, blamed => text(@failed, @losers), after => [$rewrite ? map { [$_, $first, $best] } @losers : ()] };
	} grep { @$_ == @{$groups[0]} } @groups;
}

# Where QEMU is not right: what it does, and what is right
sub difference {
	my ($qemu, $right) = @_;
	if (!defined $qemu->{data}) {
		return defined $right->{data} ? 'bad in different sectors' : 'blame beside what has no winner';
	}
	# not with a majority as threshold
	return if 2 * $threshold > $nr_legs;
	return $qemu->{data} ne $right->{data} ? 'minority' : undef if defined $right->{data};
	return $right->{errors}{&EILSEQ} ? 'tie' : undef;
}

# ---- The two of them -------------------------------------------------------------------------------------------------

sysopen my $device, '/dev/mapper/q', O_RDWR | O_DIRECT or die "/dev/mapper/q: $!\n";
my $memory = aio::memory(SECTORS * 512);
my $source = aio::source('');
my $qemu;
sub start_qemu {
	my %options = (rewrite => ',rewrite-corrupted=on', blkverify => ',blkverify=on');
	$qemu = qemu->start($dir, "vote-threshold=$threshold" . ($options{$mode} // ''),
		map { '/dev/mapper/leg' . (QEMUS + $_) } @legs);
}

my $done = '';
sub wrong {
	my ($what, @more) = @_;
	die join "\n", "seed $seed: $what", $done, @more, '';
}

my %before;
# The legs that have lost a vote or failed since it was called the last time
sub device_blamed {
	dm::suspend('q');
	dm::resume('q');
	my @words = dm::status('q');
	my %now = map { $_ => "@words[12 + 5 * $_, 13 + 5 * $_]" } @legs;
	my @blamed = grep { $now{$_} ne ($before{$_} // '0 0') } @legs;
	%before = %now;
	return text(@blamed);
}

# write_both(SECTOR, COUNT[, DATA]): or zeroes
sub write_both {
	my ($sector, $count, $data) = @_;
	my $ended;
	if (defined $data) {
		aio::refill($source, $data);
		aio::store($memory, $source, 0, length $data);
		$ended = syscall(PWRITE, fileno $device, $memory, length $data, $sector * 512) == length $data;
	} else {
		$ended = ioctl $device, BLKZEROOUT, pack 'QQ', $sector * 512, $count * 512;
	}
	wrong("the device does not write: $!") if !$ended;
	my ($error) = $qemu->request(defined $data ? qemu::WRITE : qemu::WRITE_ZEROES, $sector * 512, $count * 512, $data);
	wrong("QEMU does not write: $error") if $error;
	put($_, $sector, $data // "\0" x ($count * 512)) for @legs;
}

sub read_device {
	my ($first, $end) = @_;
	my $bytes = ($end - $first) * 512;
	my $got = syscall aio::PREAD, fileno $device, $memory, $bytes, $first * 512;
	my $errno = $got == $bytes ? 0 : $! + 0;
	return { data => $errno ? undef : aio::fetch($memory, $bytes), errno => $errno, blamed => device_blamed() };
}

sub read_qemu {
	my ($first, $end) = @_;
	my ($error, $data) = $qemu->request(qemu::READ, $first * 512, ($end - $first) * 512);
	wrong('QEMU has ended', $qemu->says) if !defined $error;
	return { data => $data, errno => $error, blamed => text($qemu->blamed) };
}

sub same_outcome {
	my ($one, $other) = @_;
	return $one->{blamed} eq $other->{blamed} && defined $one->{data} == defined $other->{data} &&
		($one->{data} // '') eq ($other->{data} // '');
}

# outcome(READ): to be shown: where several sectors are alike, once
sub outcome {
	my $read = $_[0];
	my $what = defined $read->{data} ? join ', ', map { s/\0+\z//r } map { unpack 'a24', $_ } unpack '(a512)*', $read->{data}
		: 'error ' . join ' or ', $read->{errno} // keys %{$read->{errors} // {}};
	return "$what; blamed: $read->{blamed}";
}

# disks_hold(FIRST DISK, WHAT): the legs of one of them hold what they should
sub disks_hold {
	my ($disks, $what) = @_;
	for (@legs) {
		wrong("leg $_ of $what holds something else than it should") if on_disk($disks + $_) ne $leg[$_];
	}
}

my (%differences, $agreed);
sub read_both {
	my ($first, $end) = @_;
	my $right = device_should($first, $end);
	my @may = qemu_may($first, $end);
	my $device = read_device($first, $end);
	my $qemu = read_qemu($first, $end);

	wrong('the device is wrong', map { outcome($_) } $device, $right)
		if !same_outcome($device, $right) || $device->{errno} && !$right->{errors}{$device->{errno}};
	if (same_outcome($qemu, $device)) {
		$agreed++;
		put(@$_) for @{$right->{after}};
		return;
	}
	my ($known) = grep { same_outcome($qemu, $_) } @may;
	my $difference = $known && difference($qemu, $right);
	wrong('QEMU differs, and not in a way that is known', map { outcome($_) } $qemu, $device) if !$difference;
	$differences{$difference}++;

	# each has repaired what it has found; then go on with what the device has made of it
	my @before = @leg;
	put(@$_) for @{$known->{after}};
	disks_hold(QEMUS, 'QEMU');
	@leg = @before;
	put(@$_) for @{$right->{after}};
	put_on_disk(QEMUS + $_, 0, $leg[$_]) for @legs;
}

# With blkverify the first difference is told, and ends it: the read, or QEMU
sub verify_both {
	my ($first, $end) = @_;
	my $differ = part(0, $first, $end) ^ part(1, $first, $end);
	return read_both($first, $end) if $differ !~ /[^\0]/;

	my $byte = $first * 512 + $-[0];
	sysopen my $log, '/dev/kmsg', O_RDONLY | O_NONBLOCK or die "/dev/kmsg: $!\n";
	sysseek $log, 0, 2;
	my $device = read_device($first, $end);
	my ($said, $line) = '';
	$said .= $line while sysread $log, $line, 8192;
	wrong("the device does not stop at byte $byte", outcome($device), $said)
		if $device->{errno} != EILSEQ || $device->{blamed} ne '' || $said !~ /first at byte $byte$/m;

	my ($error) = $qemu->request(qemu::READ, $first * 512, ($end - $first) * 512);
	sleep 0.01 until defined $error || $qemu->ended;
	wrong("QEMU does not stop at byte $byte", $qemu->says)
		if defined $error || $qemu->says !~ /contents mismatch at offset $byte$/m;
	$differences{'ended by the first difference'}++;
	start_qemu();
	write_both($first, $end - $first, sectors('write ' . ++$written, $first, $end - $first));
}

# ---- The steps -------------------------------------------------------------------------------------------------------

sub some {
	my $most = $_[0];
	my $count = 1 + int rand $most;
	return (int(rand(SECTORS - $count + 1)), $count);
}

my @last = (0, 1, 'damage');
# now and then just what another leg has got: wrong in the same way
sub damage {
	@last = (some(3), 'damage ' . ++$written) if rand() < 0.7;
	my ($sector, $count, $text) = @last;
	my ($leg, $data) = (int rand $nr_legs, sectors($text, $sector, $count));
	$done = "damage to leg $leg: $sector+$count";
	put($leg, $sector, $data);
	put_on_disk($_, $sector, $data) for $leg, QEMUS + $leg;
}

# Not with these modes: a repair that fails is not tried again for a second, so no two runs would be the same; and what a
# comparison finds first, an error or a difference, is nothing to rely on.
sub change_readable {
	return if $mode;
	my $leg = int rand $nr_legs;
	if (keys %{$unreadable[$leg]}) { $unreadable[$leg] = {} }
	else { $unreadable[$leg]{int rand SECTORS} = 1 for 1 .. 2 }
	$done = "leg $leg cannot read " . join ' ', keys %{$unreadable[$leg]};
	fault($leg);
}

sub write_some {
	my ($sector, $count) = some(12);
	$done = "write of $sector+$count";
	write_both($sector, $count, sectors('write ' . ++$written, $sector, $count));
}

sub zero_some {
	my ($sector, $count) = some(8);
	$done = "zeroes to $sector+$count";
	write_both($sector, $count);
}

sub read_some {
	my ($sector, $count) = some(rand() < 0.5 ? 3 : 20);
	$done = "read of $sector+$count";
	($blkverify ? \&verify_both : \&read_both)->($sector, $sector + $count);
}

# with blkverify each damage that is read costs a new daemon
my @actions = ((\&write_some) x 5, \&zero_some, (\&damage) x ($blkverify ? 1 : 9), \&change_readable,
	(\&read_some) x ($blkverify ? 6 : 12));
start_qemu();
# whoever came before has left sectors that cannot be read
fault($_) for @legs;
@leg = ("\0" x (SECTORS * 512)) x $nr_legs;
write_both(0, SECTORS, sectors('write 0', 0, SECTORS));
for my $step (1 .. $steps) {
	$actions[rand @actions]->();
	$done = "step $step, $done";
	disks_hold(0, 'the device');
	disks_hold(QEMUS, 'QEMU');
}
$qemu->stop;
print "$nr_legs legs, threshold $threshold", $mode ? ", $mode" : '', ": $agreed reads agree; QEMU is not right in ",
	join(', ', map { "$differences{$_} ($_)" } sort keys %differences) || 'none', "\n";

#!/usr/bin/perl
# replay-log.pl THRESHOLD REGION-SECTORS DONE POINTS SEED WRITE-LOG:IMAGE:DEVICE...: what a crash of the machine may leave
# behind, many times, and what becomes of it. DONE is what log-crash-load.pl has printed. For each leg, and last for the
# log: what dm-log-writes has written down, a file for what is replayed, and the loop device that shows this file.
#
# A crash comes while some operation goes on. What a device had been given and had flushed is there, as is what came with
# FUA; of the rest each device may have kept anything. dm-log-writes tells of a write when the next flush begins; when it
# was done is told by its data, which hold the number of their operation. (What is not marked in the log is not on a leg
# yet: that is the promise, which log-marks-before-writes.t sees kept. Here a mark may not be missing in the end.)
#
# Then the quorum is made. Only what the log calls dirty or stale can be read while it is put right. In every other round
# what has been read before that is read again after another crash, and must be the same.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib $FindBin::Bin;
use aio;
use dm;
no warnings 'portable'; # perl of this machine has 64 bits

my ($threshold, $region, $done, $points, $seed, @specs) = @ARGV;
my @devices = map { my ($log, $image, $device) = split /:/; { log => $log, image => $image, device => $device } } @specs;
my $store = $devices[-1];
my @legs = @devices[0 .. $#devices - 1];
my $size = (-s $legs[0]{image}) / 512;
my $nr_regions = int(($size + $region - 1) / $region);
my $point = 'the beginning';
srand $seed;

sub wrong { die "$point: @_\n" }

# ---- What was written ------------------------------------------------------------------------------------------------

sub entries {
	my ($file) = @_;
	open my $log, '<:raw', $file or die "$file: $!\n";
	my $get = sub {
		my ($at, $length) = @_;
		my $bytes = '';
		seek $log, $at, 0;
		die "$file ends at $at\n" if $length && read($log, $bytes, $length) != $length;
		return $bytes;
	};
	my ($magic, $version, $count) = unpack 'Q<Q<Q<', $get->(0, 24);
	die "$file is not a log of version 1\n" if $magic != 0x6a736677736872 || $version != 1;
	my ($at, $window, @entries) = (512, 0);
	for (1 .. $count) {
		my ($sector, $sectors, $flags, $length) = unpack 'Q<Q<Q<Q<', $get->($at, 32);
		if ($flags & 8) {
			my $mark = $get->($at + 32, $length);
			$window = $mark + 1 if $mark =~ /^\d+$/;
		} else {
			die "$file: a discard\n" if $flags & 4;
			push @entries, { sector => $sector, sectors => $sectors, flush => $flags & 1, fua => $flags & 2,
				data => $get->($at + 512, $sectors * 512), window => $window, at => scalar @entries };
		}
		$at += 512 + $sectors * 512;
	}
	return @entries;
}

# of which operation all of the data are, or nothing
sub operation {
	my %ops = map { unpack('N', substr $_[0], 512 * $_, 4) => 1 } 0 .. length($_[0]) / 512 - 1;
	return keys %ops == 1 ? keys %ops : ();
}

for my $device (@devices) {
	my @entries = entries($device->{log});
	for (@entries) {
		my ($op) = $device != $store && $_->{sectors} ? operation($_->{data}) : ();
		$_->{when} = $_->{window};
		$_->{when} = $op if defined $op && !$_->{fua} && $op && $op < $_->{window};
		$_->{callers} = defined $op && $op == $_->{when};
	}
	$device->{entries} = [sort { $a->{when} <=> $b->{when} || $a->{at} <=> $b->{at} } @entries];
	# in its own order, too, up to which everything is flushed when a window ends
	my $flushed = -1;
	for (@entries) {
		$flushed = $_->{at} if $_->{flush};
		$device->{flushed}[$_->{window}] = $flushed;
	}
}

my (%writes, %flushes, $last);
open my $did, '<', $done or die "$done: $!\n";
while (<$did>) {
	my ($number, $what, @rest) = split;
	$last = $number;
	push @{$writes{$number}}, { sector => $rest[0], sectors => $rest[1], fua => $rest[2], ok => $rest[3] eq 'ok' } if $what eq 'write';
	$flushes{$number} = 1 if $what eq 'flush' && $rest[0] eq 'ok';
}

# oldest(WINDOW): for each sector the oldest operation that may be read after a crash in that window
sub oldest {
	my ($n) = @_;
	my @acked = (0) x $size;
	my @oldest = @acked;
	for my $number (1 .. $n - 1) {
		for my $write (@{$writes{$number} // []}) {
			next unless $write->{ok};
			for ($write->{sector} .. $write->{sector} + $write->{sectors} - 1) {
				$acked[$_] = $number;
				$oldest[$_] = $number if $write->{fua};
			}
		}
		@oldest = @acked if $flushes{$number};
	}
	return @oldest;
}

# ---- A crash ---------------------------------------------------------------------------------------------------------

# put(IMAGE, ENTRY, CHANCE): each piece of it is kept with this chance
sub put {
	my ($image, $entry, $chance) = @_;
	if ($chance >= 1 || rand() < 0.7) {
		substr($$image, $entry->{sector} * 512, $entry->{sectors} * 512) = $entry->{data} if $chance >= 1 || rand() < $chance;
		return;
	}
	for (0 .. $entry->{sectors} - 1) {
		substr($$image, ($entry->{sector} + $_) * 512, 512) = substr $entry->{data}, $_ * 512, 512 if rand() < $chance;
	}
}

# durable(DEVICE, WINDOW): the last entry, in the device's own order, that was flushed before
sub durable {
	my ($device, $window) = @_;
	for (reverse 0 .. $window - 1) { return $device->{flushed}[$_] if defined $device->{flushed}[$_] }
	return -1;
}

# settle(DEVICE, WINDOW): puts what is sure to be there into its base. Windows may only grow.
sub settle {
	my ($device, $window) = @_;
	my $flushed = durable($device, $window);
	$device->{base} //= "\0" x (-s $device->{image});
	my $entries = $device->{entries};
	while (@$entries && $entries->[0]{when} < $window && ($entries->[0]{fua} || $entries->[0]{at} < $flushed)) {
		put(\$device->{base}, shift @$entries, 1);
	}
}

# survives(DEVICE, WINDOW, END, HAPPENED, CHANCE): the image of a device. END is behind the last entry of this window, in
# the device's own order, that has happened; HAPPENED says it of those that the device told later.
sub survives {
	my ($device, $window, $end, $happened, $chance) = @_;
	my $image = $device->{base};
	my $flushed = durable($device, $window);
	for (@{$device->{entries}}) {
		last if $_->{when} > $window;
		$flushed = $_->{at} if $_->{flush} && $_->{window} == $window && $_->{at} < $end && $_->{at} > $flushed;
	}
	for (@{$device->{entries}}) {
		last if $_->{when} > $window;
		next unless $_->{sectors};
		if ($_->{when} == $window) {
			next unless $_->{window} == $window && $_->{at} < $end || $happened->($_);
		}
		put(\$image, $_, $_->{fua} || $_->{at} < $flushed ? 1 : $chance);
	}
	return $image;
}

# What the log says: a string of 0 and 1 for each set, 1 for marked
sub marks {
	my ($image) = @_;
	my $bits = unpack 'b*', substr $image, 1024;
	$bits =~ tr/01/10/;
	return map { substr $bits, 64 + $_ * $nr_regions, $nr_regions } 0 .. @legs;
}

sub regions_of { int($_[0]{sector} / $region) .. int(($_[0]{sector} + $_[0]{sectors} - 1) / $region) }

sub crash {
	my ($window) = @_;
	my @chance = map { (0, 0.5, 1, 0.9)[rand 4] } @devices;
	settle($_, $window) for @devices;
	my @in = sort { $a->{at} <=> $b->{at} } grep { $_->{window} == $window } @{$store->{entries}};
	my $before = @in ? $in[0]{at} - 1 : -1;
	my $end = $before + 1 + (rand() < 0.5 ? scalar @in : int rand(@in + 1));
	my $full = $before + 1 + @in;
	# marks that go do so after the legs have been flushed
	my $bits = join '', marks(survives($store, $window, $before + 1, sub { 0 }, 1));
	my $goes = 0;
	for (grep { $_->{sectors} } @in) {
		my $image = "\0" x (-s $store->{image});
		substr($image, $_->{sector} * 512, $_->{sectors} * 512) = $_->{data};
		my $now = join '', marks($image);
		$goes = 1 if ($bits & ~$now) =~ /[^\0]/;
		$bits = $now;
	}
	$end = $full if $goes;

	my ($sure) = marks(survives($store, $window, $end, sub { 0 }, 0));
	if ($end == $full) {
		for my $write (grep { $_->{ok} } @{$writes{$window} // []}) {
			substr($sure, $_, 1) or wrong "region $_ is not marked in the log, and written at $write->{sector}" for regions_of($write);
		}
	}
	for my $leg (0 .. $#legs) {
		my @own = grep { $_->{window} == $window } @{$legs[$leg]{entries}};
		my $happened = sub {
			my ($entry) = @_;
			return 0 unless $entry->{callers} && rand() < 0.6;
			substr($sure, $_, 1) or return 0 for regions_of($entry);
			return 1;
		};
		my $until = -1;
		if ($end == $full && @own) {
			my @at = sort { $a <=> $b } map { $_->{at} } @own;
			$until = $goes || rand() < 0.3 ? $at[-1] + 1 : $at[rand @at];
		}
		$legs[$leg]{content} = survives($legs[$leg], $window, $until, $happened, $chance[$leg]);
	}
	$store->{content} = survives($store, $window, $end, sub { 0 }, $chance[-1]);
}

# ---- What becomes of it ----------------------------------------------------------------------------------------------

sub write_out {
	for (@devices) {
		open my $file, '+<:raw', $_->{image} or die "$_->{image}: $!\n";
		print $file $_->{content};
		close $file or die "$_->{image}: $!\n";
	}
}

sub slurp {
	open my $file, '<:raw', $_[0] or die "$_[0]: $!\n";
	local $/;
	return scalar <$file>;
}

sub show {
	my ($open) = @_;
	for my $leg (0 .. $#legs) {
		my @table;
		for (my ($from, $to) = (0, 0); $from < $nr_regions; $from = $to) {
			my $is_open = substr $open, $from, 1;
			$to++ while $to < $nr_regions && substr($open, $to, 1) eq $is_open;
			my ($start, $end) = ($from * $region, $to * $region);
			$end = $size if $end > $size;
			push @table, [$start, $end - $start, $is_open ? ('linear', "$legs[$leg]{device} $start") : ('error', '')];
		}
		dm::reload("replay$leg", @table);
	}
}

sub speed {
	open my $file, '>', '/sys/module/dm_quorum/parameters/sync_speed_max' or die "sync_speed_max: $!\n";
	print $file $_[0];
}

my ($node, $file);
my $memory = aio::memory(131072);
sub begin {
	$node = dm::create('replayed', [0, $size, 'quorum', "$threshold " . @legs . ' ' .
		join(' ', map { "/dev/mapper/replay$_ 0" } 0 .. $#legs) . " 5 log disk 2 $store->{device} $region"]);
	sysopen $file, $node, O_RDWR | O_DIRECT or die "$node: $!\n";
}

sub end {
	close $file;
	dm::remove('replayed');
}

sub wait_idle {
	my $end = time + 120;
	while ((dm::status('replayed'))[4] ne 'idle') {
		wrong "it does not become idle" if time > $end;
		select undef, undef, undef, 0.01;
	}
}

sub read_all {
	my $all = '';
	for (my $at = 0; $at < $size * 512; $at += 131072) {
		my $bytes = $size * 512 - $at;
		$bytes = 131072 if $bytes > 131072;
		my $got = syscall(aio::PREAD, fileno $file, $memory, $bytes, $at);
		wrong "reading at sector " . $at / 512 . ": $!" if $got != $bytes;
		$all .= aio::fetch($memory, $bytes);
	}
	return $all;
}

sub check_versions {
	my ($data, $window, @oldest) = @_;
	my @version = unpack '(Nx508)*', $data;
	for (0 .. $size - 1) {
		wrong "sector $_ has version $version[$_], and ought to be at least $oldest[$_]" if $version[$_] < $oldest[$_];
		wrong "sector $_ has version $version[$_], which comes later" if $version[$_] > $window;
		wrong "sector $_ is torn" if $version[$_] && substr($data, $_ * 512, 512) ne pack('N2', $version[$_], $_) x 64;
	}
}

sub check_status {
	my ($when) = @_;
	my @words = dm::status('replayed');
	my $per_leg = $words[10];
	wrong "$when: @words" if join(' ', @words[5, 6]) ne '0 0';
	for my $leg (0 .. $#legs) {
		my @counters = @words[12 + $leg * $per_leg .. 14 + $leg * $per_leg];
		wrong "$when, leg $leg: @words" if "@counters" ne '0 0 0';
	}
	return $words[2];
}

# without waiting for a clean end: what is in flight stops, the log first
sub crash_again {
	dm::suspend('replaylog', dm::NOFLUSH);
	dm::suspend("replay$_", dm::NOFLUSH) for 0 .. $#legs;
	$_->{content} = slurp($_->{image}) for @devices;
	dm::resume("replay$_") for 0 .. $#legs;
	dm::resume('replaylog');
	end();
	write_out();
}

sub read_early {
	my ($window, @oldest) = @_;
	speed(1);
	show('1' x $nr_regions);
	begin();
	my $first = read_all();
	check_versions($first, $window, @oldest);
	check_status('early');
	crash_again();
	speed(1000000);
	return $first;
}

dm::create("replay$_", [0, $size, 'linear', "$legs[$_]{device} 0"]) for 0 .. $#legs;
my $log_sectors = (-s $store->{image}) / 512;
dm::create('replaylog', [0, $log_sectors, 'linear', "$store->{device} 0"]);
{
	# the nodes that dmsetup would have made
	for ((map { "replay$_" } 0 .. $#legs), 'replaylog') {
		my (undef, $device) = dm::control(dm::TABLE_STATUS, $_, 0, '');
		symlink '/dev/dm-' . ($device & 0xff), "/dev/mapper/$_";
	}
	$store->{device} = '/dev/mapper/replaylog';
}

END {
	my $status = $?;
	close $file if $file;
	for ('replayed', (map { "replay$_" } 0 .. $#legs), 'replaylog') {
		eval { dm::resume($_) };
		eval { dm::remove($_) };
		unlink "/dev/mapper/$_";
	}
	$? = $status;
}

my ($all_clean, $dirty_regions, $stale_regions, $settled) = (0, 0, 0, 0);
my @windows = sort { $a <=> $b } map { 1 + int rand $last } 1 .. $points;
for my $round (1 .. $points) {
	my $window = $windows[$round - 1];
	$point = "seed $seed, point $round, in operation $window";
	crash($window);
	write_out();
	my @oldest = oldest($window);
	my ($dirty, @stale) = marks($store->{content});
	my $open = $dirty;
	$open |= $_ for @stale;
	$dirty_regions += $dirty =~ tr/1//;
	$stale_regions += join('', @stale) =~ tr/1//;
	$all_clean++ if $open !~ /1/;
	my $early = $round % 2 ? read_early($window, @oldest) : undef;

	show($open);
	begin();
	wait_idle();
	my $health = check_status('resynchronised');
	wrong "the legs are $health" if $health ne 'A' x @legs;
	show('1' x $nr_regions);
	my $data = read_all();
	check_versions($data, $window, @oldest);
	$data eq read_all() or wrong 'it reads differently the second time';
	wrong 'it reads differently after another crash' if defined $early && $early ne $data;
	check_status('read');
	my @held = map { slurp($_->{image}) } @legs;
	$_ eq $data or wrong 'the legs differ' for @held;
	end();
}
print "$points points: $dirty_regions dirty regions, $stale_regions stale ones, $all_clean times none\n";

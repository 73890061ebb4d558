# figures.pm: what is to be reached. Each figure is a ratio of what was measured in one run.
package figures;
use strict;
use warnings;
use results;

my $quorum = 'quorum 3';
my $zero_copy = 'quorum 3 zero_copy_writes';
my $fast = 'quorum 3 read_pattern fast';

sub ratio { my ($above, $below) = @_; return defined $above && defined $below ? $above / $below : undef }

# on RAM disks: the instructions of a request
sub count { my ($system, $rw, $bs) = @_; return results::value('instructions', 'icount', 'brd', $system, $rw, $bs, 32, 1) }

sub counts { my ($rw, $bs, $system, $other) = @_; return ratio(count($system, $rw, $bs), count($other, $rw, $bs)) }

# the time of a voted read beyond that of three reads, in units of the least that a vote takes
sub vote {
	my ($bs, $bytes) = @_;
	my ($voted, $single) = (count($quorum, 'randread', $bs), count('bare 1', 'randread', $bs));
	return defined $voted && defined $single ? ratio($voted - 3 * $single, $results::bound{"icount 3 $bytes"}) : undef;
}

# on legs of 1 ms
sub null {
	my ($what, $system, $rw, $depth, $legs) = @_;
	return results::value($what, 'icount', $legs // 'null', $system, $rw, '4k', $depth, 1);
}

sub latencies { my ($rw) = @_; return ratio(map { null('latency_us', $_, $rw, 1) } $quorum, 'bare 1') }
sub behind { my ($rw) = @_; return ratio(map { null('iops', $_, $rw, 32) } 'bare 1', $quorum) }
sub with_slow { my ($what) = @_; return ratio(null($what, $fast, 'randread', 1, 'slow'), null($what, $quorum, 'randread', 1)) }

sub wall { return results::value('iops', 'wall', 'brd', @_) }
sub against_qemu { my ($bs, $depth) = @_; return ratio(map { wall($_, 'randread', $bs, $depth, 1) } $quorum, 'qemu 3') }
sub two_jobs { my ($system, $rw) = @_; return ratio(map { wall($system, $rw, '4k', 32, $_) } 2, 1) }

# Each: what it is, the value (undefined if that was not measured), the limit, and what bench-check makes of it: "assert",
# or "TODO" and why, for what is not reached yet; nothing if it is the time of a clock
sub figure {
	my ($what, $value, $limit, $check) = @_;
	return { what => $what, value => $value, limit => $limit, check => $check };
}

sub counted {
	return (
		figure('4 KiB write, zero_copy_writes: instructions, over those of md RAID1',
			counts('randwrite', '4k', $zero_copy, 'md 3'), '<= 1', 'assert'),
		figure('4 KiB write: instructions, over those of md RAID1',
			counts('randwrite', '4k', $quorum, 'md 3'), '<= 1.15', 'assert'),
		figure('4 KiB write: instructions, over those of dm-mirror',
			counts('randwrite', '4k', $quorum, 'mirror 3'), '< 1', 'assert'),
		figure('4 KiB voted read: throughput, over that of one leg',
			counts('randread', '4k', 'bare 1', $quorum), '>= 0.40', 'assert'),
		figure('128 KiB voted read: beyond three reads, over the least that a vote takes',
			vote('128k', 131072), '<= 1.3', 'assert'),
	);
}

sub of_slow_legs {
	return (
		figure('1 ms legs, depth 1: latency of a voted read, over that of one leg',
			latencies('randread'), '<= 1.1', 'assert'),
		figure('1 ms legs, depth 1: latency of a write, over that of one leg',
			latencies('randwrite'), '<= 1.1', 'assert'),
		figure('1 ms legs, depth 32: throughput of one leg, over that of voted reads',
			behind('randread'), '<= 1.1', 'assert'),
		figure('1 ms legs, depth 32: throughput of one leg, over that of writes',
			behind('randwrite'), '<= 1.1', 'assert'),
		figure('read_pattern fast, one leg of 50 ms: mean latency, over that with none',
			with_slow('latency_us'), '<= 1.3', 'assert'),
		figure('read_pattern fast, one leg of 50 ms: p99 latency, over that with none',
			with_slow('p99_us'), '<= 1.3', 'assert'),
	);
}

sub of_the_clock {
	my @figures;
	for my $bs ('4k', '128k') {
		push @figures, figure("wall time, $bs voted read, depth $_: throughput, over that of QEMU quorum",
			against_qemu($bs, $_), $_ == 1 ? '>= 15' : '') for 1, 32;
	}
	for my $system ($quorum, 'bare 1') {
		push @figures, figure("wall time, $system, 4k $_: throughput of two jobs, over that of one",
			two_jobs($system, $_), $system eq $quorum ? '>= 1.6' : '') for 'randread', 'randwrite';
	}
	return @figures;
}

# all: after results::load
sub all { return (counted(), of_slow_legs(), of_the_clock()) }

# reached FIGURE
sub reached {
	my ($figure) = @_;
	my ($value, $how, $limit) = ($figure->{value}, split ' ', $figure->{limit});
	return 0 if !defined $value;
	return !defined $how || ($how eq '<=' ? $value <= $limit : $how eq '<' ? $value < $limit : $value >= $limit);
}

1;

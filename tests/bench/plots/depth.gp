load plots.'/style.inc'
set output 'depth.svg'
set multiplot layout 1,2
set xlabel 'depth'
set ylabel 'requests a second, 4 KiB, legs of 1 ms'
set logscale xy 2
do for [rw in 'randread randwrite'] {
	set title rw
	plot for [i=0:*] 'depth-'.rw.'.dat' index i using 1:2 title columnheader(1)
}
